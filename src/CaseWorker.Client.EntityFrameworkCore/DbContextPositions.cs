using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Client.EntityFrameworkCore;

/// <summary>
/// Positions in the handler's own database. The position moves first, guarded by where it was, so that a second instance waits for the
/// first one's commit and then finds itself too late.
/// </summary>
internal sealed class DbContextPositions(DbContext context) : IOutcomePositions
{
    public Task<long?> LastNonceAsync(string subscriber, long caseReference, CancellationToken cancellationToken) =>
        context.Set<OutcomePosition>()
            .Where(row => row.Subscriber == subscriber && row.CaseReference == caseReference)
            .Select(row => (long?)row.Nonce)
            .SingleOrDefaultAsync(cancellationToken);

    public Task<bool> AdvanceAsync(CaseStep step, Func<CancellationToken, Task> handle, CancellationToken cancellationToken) =>
        InTransactionAsync(token => TryMoveAsync(step, token), handle, cancellationToken);

    public Task<bool> HandleOnceAsync(OutcomeMark mark, Func<CancellationToken, Task> handle, CancellationToken cancellationToken) =>
        InTransactionAsync(token => TryMarkAsync(mark, token), handle, cancellationToken);

    public Task ForgetAsync(string subscriber, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var time = before.UtcDateTime;
        return context.Set<HandledOutcome>().Where(row => row.Subscriber == subscriber && row.HandledAt < time).ExecuteDeleteAsync(cancellationToken);
    }

    private async Task<bool> TryMoveAsync(CaseStep step, CancellationToken cancellationToken)
    {
        if (step.From is { } from)
        {
            return await context.Set<OutcomePosition>()
                .Where(row => row.Subscriber == step.Subscriber && row.CaseReference == step.CaseReference && row.Nonce == from)
                .ExecuteUpdateAsync(row => row.SetProperty(position => position.Nonce, step.To), cancellationToken) == 1;
        }

        // Written before the handler runs: where another instance is first, the key refuses this one, and the outcome is looked at again.
        context.Add(new OutcomePosition { Subscriber = step.Subscriber, CaseReference = step.CaseReference, Nonce = step.To });
        await context.SaveChangesAsync(cancellationToken);
        return true;
    }

    private async Task<bool> TryMarkAsync(OutcomeMark mark, CancellationToken cancellationToken)
    {
        if (await context.Set<HandledOutcome>().AnyAsync(row => row.Subscriber == mark.Subscriber && row.OutcomeId == mark.OutcomeId, cancellationToken))
        {
            return false;
        }

        context.Add(new HandledOutcome { Subscriber = mark.Subscriber, OutcomeId = mark.OutcomeId, HandledAt = mark.HandledAt.UtcDateTime });
        await context.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>
    /// Under the context's execution strategy: with one that retries, all of it is done again, from the guard on, so that a commit whose
    /// answer was lost is found and not repeated.
    /// </summary>
    private Task<bool> InTransactionAsync(Func<CancellationToken, Task<bool>> guard, Func<CancellationToken, Task> handle, CancellationToken cancellationToken) =>
        context.Database.CreateExecutionStrategy().ExecuteAsync(
            async token =>
            {
                context.ChangeTracker.Clear();
                await using var transaction = await context.Database.BeginTransactionAsync(token);
                if (!await guard(token))
                {
                    return false;
                }

                await handle(token);
                await context.SaveChangesAsync(token);
                await transaction.CommitAsync(token);
                return true;
            },
            cancellationToken);
}
