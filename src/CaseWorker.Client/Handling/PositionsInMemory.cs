using System.Collections.Concurrent;

namespace CaseWorker.Client.Handling;

/// <summary>Remembers what this process has handled. Outcomes are handled one at a time, so a position cannot change between its check and its step.</summary>
internal sealed class PositionsInMemory : IOutcomePositions
{
    private readonly ConcurrentDictionary<(string Subscriber, long CaseReference), long> nonces = new();
    private readonly ConcurrentDictionary<(string Subscriber, Guid OutcomeId), DateTimeOffset> marks = new();

    public Task<long?> LastNonceAsync(string subscriber, long caseReference, CancellationToken cancellationToken) =>
        Task.FromResult(nonces.TryGetValue((subscriber, caseReference), out var nonce) ? nonce : (long?)null);

    public async Task<bool> AdvanceAsync(CaseStep step, Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        if (await LastNonceAsync(step.Subscriber, step.CaseReference, cancellationToken) != step.From)
        {
            return false;
        }

        await handle(cancellationToken);
        nonces[(step.Subscriber, step.CaseReference)] = step.To;
        return true;
    }

    public async Task<bool> HandleOnceAsync(OutcomeMark mark, Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
    {
        if (marks.ContainsKey((mark.Subscriber, mark.OutcomeId)))
        {
            return false;
        }

        await handle(cancellationToken);
        marks[(mark.Subscriber, mark.OutcomeId)] = mark.HandledAt;
        return true;
    }

    public Task ForgetAsync(string subscriber, DateTimeOffset before, CancellationToken cancellationToken)
    {
        foreach (var (key, handledAt) in marks)
        {
            if (string.Equals(key.Subscriber, subscriber, StringComparison.Ordinal) && handledAt < before)
            {
                marks.TryRemove(key, out _);
            }
        }

        return Task.CompletedTask;
    }
}
