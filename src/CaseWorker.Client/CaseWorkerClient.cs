using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Client.Json;
using CaseWorker.Client.Sending;
using CaseWorker.Client.Updating;
using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>Hands commands to the sender and waits for their confirms and outcomes, within the time limits.</summary>
internal sealed class CaseWorkerClient(CaseWorkerClientOptions options, CommandSender sender, ICaseReader reader, TimeProvider time) : ICaseWorkerClient, IAsyncDisposable
{
    public Task PublishAsync(CaseCommand command, CancellationToken cancellationToken = default)
    {
        Check(command);
        cancellationToken.ThrowIfCancellationRequested();
        return ConfirmAsync(Add(command, options.PublishTimeout, wantsReply: false), cancellationToken);
    }

    public Task<CaseOutcome> SubmitAsync(CaseCommand command, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        Check(command);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromDays(1));
        cancellationToken.ThrowIfCancellationRequested();
        var started = time.GetTimestamp();
        return AwaitOutcomeAsync(command, Request(command, timeout), started, timeout, cancellationToken);
    }

    public Task<CaseAccepted?> UpdateAsync(long caseReference, Func<JsonObject, JsonObject?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(caseReference);
        ArgumentNullException.ThrowIfNull(change);
        options ??= new CaseUpdateOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaxAttempts, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Timeout, TimeSpan.FromDays(1), nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.OutcomeTimeout, TimeSpan.Zero, nameof(options));
        return new CaseUpdater(caseReference, options, reader, SubmitAsync, time).RunAsync(change, cancellationToken);
    }

    public Task<CaseAccepted?> UpdateAsync<T>(long caseReference, Func<T, T?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAsync(caseReference, TypedBlob.Change(change, TypedJson.InfoOf<T>(options?.Json)), options, cancellationToken);
    }

    public ValueTask DisposeAsync() => sender.DisposeAsync();

    private async Task<CaseOutcome> AwaitOutcomeAsync(CaseCommand command, PendingPublish request, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await ConfirmAsync(request, cancellationToken);
        while (true)
        {
            if (await ReplyAsync(request, started, timeout, cancellationToken) is { } outcome)
            {
                return outcome;
            }

            // The broker has the command, and the reply queue is lost. Published again, the command gets the same outcome.
            var remaining = timeout - time.GetElapsedTime(started);
            try
            {
                request = Request(command, remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero);
                await ConfirmAsync(request, cancellationToken);
            }
            catch (Exception error) when (error is CaseCommandException or ObjectDisposedException)
            {
                throw new OutcomeUnknownException(command, time.GetElapsedTime(started), error);
            }
        }
    }

    /// <summary>Null if the reply cannot come any more.</summary>
    private async Task<CaseOutcome?> ReplyAsync(PendingPublish request, long started, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var remaining = timeout - time.GetElapsedTime(started);
            return await request.Replied.WaitAsync(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, time, cancellationToken);
        }
        catch (TimeoutException error)
        {
            throw new OutcomeUnknownException(request.Command, timeout, error);
        }
        finally
        {
            request.ReplyQueue?.Forget(request);
        }
    }

    private PendingPublish Request(CaseCommand command, TimeSpan timeout) =>
        Add(command, timeout < options.PublishTimeout ? timeout : options.PublishTimeout, wantsReply: true);

    private PendingPublish Add(CaseCommand command, TimeSpan limit, bool wantsReply)
    {
        var pending = new PendingPublish(command, CaseTopology.SlotOf(command.CaseReference, options.Slots), limit, wantsReply, time);
        sender.Add(pending);
        return pending;
    }

    private async Task ConfirmAsync(PendingPublish pending, CancellationToken cancellationToken)
    {
        try
        {
            await pending.Confirmed.WaitAsync(pending.Remaining, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            pending.ReplyQueue?.Forget(pending);
            throw pending.TryGiveUp()
                ? Failures.NotReached(pending, sender.Broker, sender.LastFailure)
                : new ConfirmTimeoutException(pending.Command, pending.Limit);
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
