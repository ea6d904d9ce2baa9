using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Client.Json;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;

namespace CaseWorker.Client.Updating;

/// <summary>Submits a command and awaits its outcome.</summary>
internal delegate Task<CaseOutcome> Submit(CaseCommand command, TimeSpan timeout, CancellationToken cancellationToken);

/// <summary>One update: read, change, propose the next number. On a conflict, start again.</summary>
internal sealed class CaseUpdater(long caseReference, CaseUpdateOptions options, ICaseReader reader, Submit submit, TimeProvider time)
{
    /// <summary>
    /// Somebody else has just won, so the first retry comes nearly at once. Rivals that draw from all of the range come apart.
    /// </summary>
    private static readonly Backoff AfterConflict = new(TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(1), jitter: 1, Random.Shared);

    private static readonly Backoff AfterOutage = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5), jitter: 1, Random.Shared);

    private readonly long started = time.GetTimestamp();
    private readonly string correlationId = options.CorrelationId ?? CommandIds.New().ToString();

    private TimeSpan Elapsed => time.GetElapsedTime(started);

    private TimeSpan Remaining => Elapsed is var elapsed && elapsed < options.Timeout ? options.Timeout - elapsed : TimeSpan.Zero;

    /// <summary>Null if there was nothing to change.</summary>
    public async Task<CaseAccepted?> RunAsync(Func<JsonObject, JsonObject?> change, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var snapshot = await ReadAsync(cancellationToken) ?? throw new CaseNotFoundException(caseReference, attempt - 1);
            if (CommandFor(snapshot, change) is not { } command)
            {
                return null;
            }

            switch (await SubmitAsync(command, cancellationToken))
            {
                case CaseAccepted accepted:
                    return accepted;
                case CaseConflicted conflict when attempt >= options.MaxAttempts || Remaining == TimeSpan.Zero:
                    throw new TooManyConflictsException(conflict, attempt, Elapsed);
                case CaseConflicted:
                    await Task.Delay(AfterConflict.DelayAfter(attempt), time, cancellationToken);
                    break;
                case CaseRejected rejected:
                    throw new UpdateRejectedException(rejected, attempt);
            }
        }
    }

    /// <summary>A new command with an id of its own; null if the JSON stays as it is.</summary>
    private CaseCommand? CommandFor(CaseSnapshot snapshot, Func<JsonObject, JsonObject?> change)
    {
        if (change(JsonObject.Create(snapshot.Blob)!) is not { } changed)
        {
            return null;
        }

        var body = JsonSerializer.SerializeToElement(changed, BodyJson.Default.JsonObject);
        if (JsonElement.DeepEquals(body, snapshot.Blob))
        {
            return null;
        }

        var command = options.Proposal is UpdateProposal.Nonce
            ? CaseCommands.Replace(caseReference, body, proposedNonce: snapshot.Nonce + 1, json: OutcomesJson.Default.Options)
            : CaseCommands.Replace(caseReference, body, proposedVersion: snapshot.Version + 1, json: OutcomesJson.Default.Options);
        return command with { Actor = options.Actor, CorrelationId = correlationId };
    }

    private async Task<CaseSnapshot?> ReadAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await reader.FindAsync(caseReference, cancellationToken);
            }
            catch (CaseReaderException error) when (error.IsTransient && Remaining > TimeSpan.Zero)
            {
                await Task.Delay(AfterOutage.DelayAfter(attempt), time, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Submits the same command, with the same id, until its outcome is known or the time is over: a new id before that could have a second
    /// effect.
    /// </summary>
    private async Task<CaseOutcome> SubmitAsync(CaseCommand command, CancellationToken cancellationToken)
    {
        CaseCommandException? open = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await submit(command, Patience, cancellationToken);
            }
            catch (CaseCommandException error)
            {
                // The caller must learn that the command may take effect, even if a later attempt fails before it is sent.
                open = error.MayTakeEffect || open is null ? error : open;
                var isHopeless = error is CommandUnroutableException or CommandRefusedException;
                if (isHopeless || Remaining == TimeSpan.Zero)
                {
                    ExceptionDispatchInfo.Throw(open);
                }
            }

            await Task.Delay(AfterOutage.DelayAfter(attempt), time, cancellationToken);
        }
    }

    private TimeSpan Patience
    {
        get
        {
            var patience = Remaining < options.OutcomeTimeout ? Remaining : options.OutcomeTimeout;
            return patience > TimeSpan.Zero ? patience : TimeSpan.FromMilliseconds(1);
        }
    }
}
