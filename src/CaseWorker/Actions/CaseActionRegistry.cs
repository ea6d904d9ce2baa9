using CaseWorker.Cases;
using CaseWorker.Json;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Actions;

/// <summary>What a team's executable brings: its actions and its tables.</summary>
internal sealed class CaseActionRegistry
{
    private readonly List<CaseAction> added = [];
    private readonly List<ActionTables> tables = [];

    internal IReadOnlyList<ActionTables> Tables => tables;

    /// <summary>Registers an action; one instance serves all commands, so it keeps nothing between them.</summary>
    /// <typeparam name="TAction">The action.</typeparam>
    /// <exception cref="InvalidOperationException">Its name is not 1 to 256 characters long, or is another action's.</exception>
    public CaseActionRegistry Add<TAction>()
        where TAction : CaseAction, new() => Add(new TAction());

    /// <summary>Registers an action that was made with what it needs.</summary>
    /// <param name="action">Serves all commands, from several threads at once, so it keeps nothing between them.</param>
    /// <exception cref="InvalidOperationException">Its name is not 1 to 256 characters long, or is another action's; or its time limit is out of range.</exception>
    public CaseActionRegistry Add(CaseAction action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (string.IsNullOrWhiteSpace(action.Name) || action.Name.Length > JsonLimits.MaxNameLength)
        {
            throw new InvalidOperationException($"{action.GetType().Name} has no usable name: an action's name has 1 to {JsonLimits.MaxNameLength} characters.");
        }

        if (CaseActionSet.BuiltIn.Select(known => known.Name).Concat(added.Select(known => known.Name)).Contains(action.Name, StringComparer.Ordinal))
        {
            throw new InvalidOperationException($"There are two actions named {action.Name}. Give {action.GetType().Name} another name.");
        }

        if (action.TimeLimit < TimeSpan.FromSeconds(1) || action.TimeLimit > TimeSpan.FromMinutes(10))
        {
            throw new InvalidOperationException($"The time limit of {action.Name} is {action.TimeLimit}. Set it to between 1 s and 10 min.");
        }

        added.Add(action);
        return this;
    }

    /// <summary>
    /// Registers tables: `db apply` runs the context's migrations (found in its assembly, with a history of their own) and gives the worker's role
    /// what it needs; `db assert` and the start of the worker check them.
    /// </summary>
    /// <typeparam name="TDb">Has a public constructor that takes <see cref="DbContextOptions{TContext}"/> of itself.</typeparam>
    /// <param name="grants">
    /// What the worker may do with each of the tables, as GRANT takes it. The default cannot change or delete what is there; for more write for example
    /// <c>SELECT, INSERT, UPDATE (withdrawn_at)</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">The context cannot be made, or the grants are not valid.</exception>
    public CaseActionRegistry AddTables<TDb>(string grants = "SELECT, INSERT")
        where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(grants);
        tables.RemoveAll(known => known.ContextType == typeof(TDb));
        tables.Add(ActionTables.Of<TDb>(grants));
        return this;
    }

    /// <summary>All actions of the worker, the built-in ones first.</summary>
    /// <exception cref="InvalidOperationException">An action's tables are not registered.</exception>
    internal CaseActionSet Build() => new(CaseActionSet.BuiltIn.Concat<ICaseAction>(added.Select(action => new RegisteredAction(action, TablesOf(action)))));

    private ActionTables? TablesOf(CaseAction action) => action.ContextType is not { } context
        ? null
        : tables.Find(known => known.ContextType == context)
            ?? throw new InvalidOperationException($"{action.Name} uses {context.Name}, whose tables are not registered. Add `.AddTables<{context.Name}>()`.");
}
