using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Client.Handling;

/// <summary>
/// Turns at-least-once delivery into outcomes that are handled once and in order: it drops what was handled, and reads what is missing before
/// an outcome from the case's events.
/// </summary>
internal sealed class OutcomeProcessor(
    OutcomeHandlerOptions options, Type handlerType, OutcomeHealth health, IServiceScopeFactory scopes, ICaseReader reader, TimeProvider time, ILogger<OutcomeProcessor> log)
{
    private const int FillLimit = 500;
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromHours(1);

    private readonly Backoff backoff = new(TimeSpan.FromMilliseconds(200), options.MaxRetryDelay, jitter: 1, Random.Shared);
    private long? forgotAt;

    /// <summary>Returns when the outcome is handled, now or before. Retries until then.</summary>
    /// <param name="outcome">The outcome in the message.</param>
    /// <param name="stopping">Ends the retries.</param>
    /// <param name="aborting">Ends an attempt that is under way.</param>
    public async Task ProcessAsync(CaseOutcome outcome, CancellationToken stopping, CancellationToken aborting)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                stopping.ThrowIfCancellationRequested();
                await TakeAsync(outcome, attempt, stopping, aborting);
                health.Handled();
                return;
            }
            catch (Exception error) when (!stopping.IsCancellationRequested)
            {
                var delay = backoff.DelayAfter(attempt);
                log.OutcomeNotHandled(error, options.Queue, outcome.OutcomeId, outcome.Outcome, outcome.CaseReference, attempt, delay.TotalSeconds);
                health.Failing(FormattableString.Invariant($"Outcome {outcome.OutcomeId} of case {outcome.CaseReference} was not handled ({error.GetBaseException().Message}; attempts so far: {attempt}); what comes after it waits."));
                await Task.Delay(delay, time, stopping);
            }
        }
    }

    private async Task TakeAsync(CaseOutcome outcome, int attempt, CancellationToken stopping, CancellationToken aborting)
    {
        if (!options.Kinds.HasFlag(KindOf(outcome)))
        {
            return;
        }

        if (outcome is CaseAccepted accepted)
        {
            await ReachAsync(accepted, attempt, stopping, aborting);
            return;
        }

        var mark = new OutcomeMark(options.Queue, outcome.OutcomeId, time.GetUtcNow());
        await InScopeAsync(outcome, isBackfilled: false, attempt, (positions, handle) => positions.HandleOnceAsync(mark, handle, aborting));
        await ForgetAsync(aborting);
    }

    /// <summary>Handles what is missing up to this one, and this one.</summary>
    private async Task ReachAsync(CaseAccepted accepted, int attempt, CancellationToken stopping, CancellationToken aborting)
    {
        while (true)
        {
            var last = await LastNonceAsync(accepted.CaseReference, aborting);
            var next = (last ?? (options.Start is OutcomeStart.FirstEvent ? 0 : accepted.Nonce - 1)) + 1;
            if (accepted.Nonce < next)
            {
                return;
            }

            if (accepted.Nonce > next)
            {
                await FillAsync(accepted, last, next, attempt, stopping, aborting);
            }
            else if (await StepAsync(accepted, last, isBackfilled: false, attempt, aborting))
            {
                return;
            }
        }
    }

    /// <summary>Ends early where somebody else has moved the position: the caller looks again.</summary>
    private async Task FillAsync(CaseAccepted before, long? last, long next, int attempt, CancellationToken stopping, CancellationToken aborting)
    {
        var limit = (int)Math.Min(before.Nonce - next, FillLimit);
        log.EventsRead(options.Queue, next, next + limit - 1, before.CaseReference);
        var events = await reader.EventsAsync(before.CaseReference, next - 1, limit, aborting);
        if (events.Count == 0)
        {
            throw new CaseReaderException(FormattableString.Invariant($"Case {before.CaseReference} has no event {next} at the API, although outcome {before.Nonce} has come; check that CaseWorkerClientOptions.Api and Broker belong to the same worker."), isTransient: true);
        }

        foreach (var missing in events.TakeWhile(missing => missing.Nonce < before.Nonce))
        {
            if (missing.Nonce != next)
            {
                throw new CaseReaderException(FormattableString.Invariant($"Case {before.CaseReference} has event {missing.Nonce} at the API where event {next} must come; the log has no gaps, so what answers is not the worker's API."), isTransient: true);
            }

            stopping.ThrowIfCancellationRequested();
            if (!await StepAsync(OutcomeOf(missing), last, isBackfilled: true, attempt, aborting))
            {
                return;
            }

            (last, next) = (next, next + 1);
        }
    }

    private Task<bool> StepAsync(CaseAccepted accepted, long? last, bool isBackfilled, int attempt, CancellationToken aborting)
    {
        var step = new CaseStep(options.Queue, accepted.CaseReference, last, accepted.Nonce);
        return InScopeAsync(accepted, isBackfilled, attempt, (positions, handle) => positions.AdvanceAsync(step, handle, aborting));
    }

    private async Task<bool> InScopeAsync(CaseOutcome outcome, bool isBackfilled, int attempt, Func<IOutcomePositions, Func<CancellationToken, Task>, Task<bool>> run)
    {
        await using var scope = scopes.CreateAsyncScope();
        var handler = (IOutcomeHandler)scope.ServiceProvider.GetRequiredService(handlerType);
        var context = new OutcomeContext(options.Queue, isBackfilled, attempt);
        return await run(options.Positions!(scope.ServiceProvider), token => handler.HandleAsync(outcome, context, token));
    }

    private async Task<long?> LastNonceAsync(long caseReference, CancellationToken aborting)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await options.Positions!(scope.ServiceProvider).LastNonceAsync(options.Queue, caseReference, aborting);
    }

    private async Task ForgetAsync(CancellationToken aborting)
    {
        if (forgotAt is { } before && time.GetElapsedTime(before) < ForgetEvery)
        {
            return;
        }

        await using var scope = scopes.CreateAsyncScope();
        await options.Positions!(scope.ServiceProvider).ForgetAsync(options.Queue, time.GetUtcNow() - options.IdRetention, aborting);
        forgotAt = time.GetTimestamp();
    }

    private static OutcomeKinds KindOf(CaseOutcome outcome) => outcome switch
    {
        CaseAccepted => OutcomeKinds.Accepted,
        CaseConflicted => OutcomeKinds.Conflicted,
        CaseRejected => OutcomeKinds.Rejected,
        _ => OutcomeKinds.Parked,
    };

    private static CaseAccepted OutcomeOf(FeedEvent missing) => new()
    {
        OutcomeId = missing.OutcomeId,
        CommandId = missing.CommandId,
        CaseReference = missing.CaseReference,
        Action = missing.Action,
        Status = 200,
        CorrelationId = missing.CorrelationId,
        Actor = missing.Actor,
        RecordedAt = missing.RecordedAt,
        Nonce = missing.Nonce,
        GlobalNonce = missing.GlobalNonce,
        Version = missing.Version,
        Changed = missing.Changed,
    };
}
