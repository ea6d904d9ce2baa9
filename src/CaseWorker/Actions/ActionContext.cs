using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Actions;

/// <summary>
/// A team's tables in one batch. Rows change only while an accepted command's effect runs, so that one that is refused leaves nothing;
/// a change made elsewhere is an error of the action's code.
/// </summary>
internal sealed class ActionContext : IAsyncDisposable
{
    private bool isEffect;
    private bool isTouched;

    public ActionContext(DbContext db)
    {
        Db = db;

        // Looked for once, before saving: else each look at Local would compare every row of the batch again.
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        db.Database.AutoSavepointsEnabled = false;
        db.ChangeTracker.Tracked += (_, tracked) => isTouched |= !isEffect && tracked.Entry.State is not EntityState.Unchanged;
        db.ChangeTracker.StateChanged += (_, changed) => isTouched |= !isEffect && changed.NewState is not EntityState.Unchanged;
    }

    public DbContext Db { get; }

    public void Run(Action effect)
    {
        isEffect = true;
        try
        {
            effect();
        }
        finally
        {
            isEffect = false;
        }
    }

    /// <exception cref="CaseActionException">Rows were changed outside an effect.</exception>
    public void CheckUntouched(string action)
    {
        if (isTouched)
        {
            throw new CaseActionException($"{action} added, changed or removed rows before it had accepted. Do that in what is given to Accept: Accept(() => db.Add(row)).");
        }
    }

    /// <summary>Sends what the effects changed, in the batch's transaction; nothing where nothing did.</summary>
    public Task SaveAsync()
    {
        isEffect = true;
        Db.ChangeTracker.DetectChanges();
        return Db.SaveChangesAsync();
    }

    public ValueTask DisposeAsync() => Db.DisposeAsync();
}
