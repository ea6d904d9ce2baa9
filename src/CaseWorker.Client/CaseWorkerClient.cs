using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Client.Sending;
using CaseWorker.Client.Updating;
using CaseWorker.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Hands commands to the outbox and waits for what becomes of them, never longer than it said.</summary>
internal sealed class CaseWorkerClient(IOptions<CaseWorkerClientOptions> options, ICaseReader reader, TimeProvider time, ILogger<CaseWorkerClient> log)
    : ICaseWorkerClient, IAsyncDisposable
{
    private readonly CaseWorkerClientOptions options = options.Value;
    private readonly Outbox outbox = new(options.Value, log);

    public Task PublishAsync(CaseCommand command, CancellationToken cancellationToken = default)
    {
        Check(command);
        cancellationToken.ThrowIfCancellationRequested();
        return ConfirmAsync(Add(command, options.PublishTimeout, wantsAnswer: false), cancellationToken);
    }

    public Task<CaseOutcome> SubmitAsync(CaseCommand command, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        Check(command);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromDays(1));
        cancellationToken.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        return AskAsync(command, Ask(command, timeout), started, timeout, cancellationToken);
    }

    public Task<CaseAccepted?> UpdateAsync(long caseReference, Func<JsonObject, JsonObject?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(caseReference);
        ArgumentNullException.ThrowIfNull(change);
        options ??= new CaseUpdateOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.AttemptLimit, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Timeout, TimeSpan.FromDays(1), nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.OutcomeTimeout, TimeSpan.Zero, nameof(options));
        return new CaseUpdater(caseReference, options, reader, SubmitAsync, time).RunAsync(change, cancellationToken);
    }

    public Task<CaseAccepted?> UpdateAsync<T>(long caseReference, Func<T, T?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(caseReference, TypedBlob.Change(change, options?.Json ?? JsonSerializerOptions.Web), options, cancellationToken);
    }

    public ValueTask DisposeAsync() => outbox.DisposeAsync();

    private async Task<CaseOutcome> AskAsync(CaseCommand command, PendingPublish question, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await ConfirmAsync(question, cancellationToken);
        while (true)
        {
            if (await AnswerAsync(question, started, timeout, cancellationToken) is { } outcome)
            {
                return outcome;
            }

            // The broker has the command, and the queue for its answer is lost: asked again, the answer is the same.
            var remaining = timeout - Stopwatch.GetElapsedTime(started);
            try
            {
                question = Ask(command, remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero);
                await ConfirmAsync(question, cancellationToken);
            }
            catch (Exception error) when (error is CaseCommandException or ObjectDisposedException)
            {
                throw new OutcomeUnknownException(command, Stopwatch.GetElapsedTime(started), error);
            }
        }
    }

    /// <summary>Null where the answer cannot come any more.</summary>
    private static async Task<CaseOutcome?> AnswerAsync(PendingPublish question, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var remaining = timeout - Stopwatch.GetElapsedTime(started);
            return await question.Answered.WaitAsync(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, cancellationToken);
        }
        catch (TimeoutException error)
        {
            throw new OutcomeUnknownException(question.Command, timeout, error);
        }
        finally
        {
            question.ReplyQueue?.Forget(question);
        }
    }

    private PendingPublish Ask(CaseCommand command, TimeSpan timeout) =>
        Add(command, timeout < options.PublishTimeout ? timeout : options.PublishTimeout, wantsAnswer: true);

    private PendingPublish Add(CaseCommand command, TimeSpan limit, bool wantsAnswer)
    {
        var pending = new PendingPublish(command, CaseTopology.SlotOf(command.CaseReference, options.Slots), limit, wantsAnswer);
        outbox.Add(pending);
        return pending;
    }

    private async Task ConfirmAsync(PendingPublish pending, CancellationToken cancellationToken)
    {
        try
        {
            await pending.Confirmed.WaitAsync(pending.Remaining, cancellationToken);
        }
        catch (TimeoutException)
        {
            pending.ReplyQueue?.Forget(pending);
            throw pending.TryGiveUp()
                ? Failures.NotReached(pending, outbox.Broker, outbox.LastFailure)
                : new BrokerSilentException(pending.Command, pending.Limit);
        }
        catch (Exception)
        {
            pending.TryGiveUp();
            pending.ReplyQueue?.Forget(pending);
            throw;
        }
    }

    private static void Check(CaseCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.CommandId == Guid.Empty || command.CaseReference <= 0 || string.IsNullOrEmpty(command.Action) || command.Body.ValueKind is JsonValueKind.Undefined)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Command {command.CommandId} of case {command.CaseReference} cannot be published: it needs an id that is not all zeros, a positive case reference, an action and a body."),
                nameof(command));
        }
    }
}
