using System.Diagnostics;
using System.Threading.Channels;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Client.Sending;

/// <summary>
/// Sends commands in the order in which they were added. One loop does it all: it connects where there is no session, and hands each
/// command to the session without waiting for its confirm.
/// </summary>
internal sealed class Outbox : IAsyncDisposable
{
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Channel<PendingPublish> queue = Channel.CreateUnbounded<PendingPublish>(new UnboundedChannelOptions { SingleReader = true });
    private readonly BrokerConnectionFactory factory;
    private readonly CaseWorkerClientOptions options;
    private readonly ILogger log;
    private readonly Task loop;
    private Task<BrokerSession>? opening;
    private long openingSince;
    private BrokerSession? session;
    private ConnectionLoss? lastLoss;
    private int outstanding;

    public Outbox(CaseWorkerClientOptions options, ILogger log)
    {
        (this.options, this.log) = (options, log);
        factory = new BrokerConnectionFactory(options.Broker!);
        Broker = factory.Name;
        using (ExecutionContext.SuppressFlow())
        {
            // Whoever happens to publish first does not lend the loop its trace.
            loop = Task.Run(RunAsync);
        }
    }

    /// <summary>Its address, for messages.</summary>
    public string Broker { get; }

    /// <summary>Why there is no connection; null while there is one.</summary>
    public Exception? LastFailure { get; private set; }

    /// <exception cref="TooManyCommandsException">The limit is reached.</exception>
    /// <exception cref="ObjectDisposedException">The client has ended.</exception>
    public void Add(PendingPublish pending)
    {
        if (Interlocked.Increment(ref outstanding) > options.OutstandingLimit)
        {
            Interlocked.Decrement(ref outstanding);
            throw new TooManyCommandsException(pending.Command, options.OutstandingLimit);
        }

        if (!queue.Writer.TryWrite(pending))
        {
            throw new ObjectDisposedException(nameof(ICaseWorkerClient), "The client has ended with its application's services; nothing can be published any more.");
        }

        _ = CountDownAsync(pending);
    }

    /// <summary>Lets what was added end by itself, each within its time, and then the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
        if (session is { } last)
        {
            await Task.WhenAll(last.UnderWay.Select(pending => pending.Confirmed)).WaitAsync(options.PublishTimeout).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            last.Lose("the client ends");
            await last.EndAsync();
        }

        if (opening is not null)
        {
            _ = AbandonAsync(opening);
        }
    }

    private async Task RunAsync()
    {
        await foreach (var pending in queue.Reader.ReadAllAsync())
        {
            try
            {
                await SendAsync(pending);
            }
            catch (Exception error)
            {
                // Whatever it is, the commands behind it are not to wait for ever.
                pending.Fail(Failures.NotReached(pending, Broker, error));
            }
        }
    }

    private async Task SendAsync(PendingPublish pending)
    {
        DropLostSession();
        if (lastLoss is { TookSome: true } loss && pending.IsOlderThan(loss.At))
        {
            // One that failed with the session may be before it in its case; sent now, it would overtake it.
            pending.Fail(Failures.Lost(pending, loss, wasSent: false));
            return;
        }

        if (session is null && !await ConnectAsync(pending))
        {
            return;
        }

        if (await PrepareAsync(session!, pending) is { } failure)
        {
            pending.Fail(failure);
            return;
        }

        if (pending.TrySend())
        {
            session!.Send(pending);
            return;
        }

        pending.Fail(Failures.NotReached(pending, Broker, error: null));
        if (pending.RemainingOf(options.PublishTimeout) == TimeSpan.Zero)
        {
            lastLoss = new ConnectionLoss("it did not answer in time", ReplyCode: 0, Stopwatch.GetTimestamp(), TookSome: true, Cause: null);
        }
    }

    /// <summary>Tries until the command's time is over; then it fails, and all that wait behind it, so that none overtakes it.</summary>
    private async Task<bool> ConnectAsync(PendingPublish head)
    {
        while (head.RemainingOf(options.PublishTimeout) is var remaining && remaining > TimeSpan.Zero)
        {
            try
            {
                session = await OpenAsync(remaining);
                LastFailure = null;
                log.Connected(Broker);
                return true;
            }
            catch (Exception error)
            {
                LastFailure = error;
                if (Failures.IsRefusal(error))
                {
                    break;
                }

                log.ConnectFailed(Broker, error.GetBaseException().Message);
                await Task.Delay(remaining < Pause ? remaining : Pause);
            }
        }

        log.BrokerUnavailable(Broker, LastFailure?.GetBaseException().Message);
        var failed = head;
        do
        {
            failed.Fail(Failures.NotReached(failed, Broker, LastFailure));
        }
        while (queue.Reader.TryRead(out failed));

        return false;
    }

    /// <summary>One attempt. When the command's time is over first, it goes on and belongs to the next command, unless it is stuck.</summary>
    private async Task<BrokerSession> OpenAsync(TimeSpan remaining)
    {
        if (opening is null)
        {
            (opening, openingSince) = (BrokerSession.OpenAsync(factory), Stopwatch.GetTimestamp());
        }

        var attempt = opening;
        var patience = AttemptLimit - Stopwatch.GetElapsedTime(openingSince);
        patience = patience > TimeSpan.Zero ? patience : TimeSpan.Zero;
        try
        {
            var opened = await attempt.WaitAsync(patience < remaining ? patience : remaining);
            opening = null;
            return opened;
        }
        catch
        {
            if (attempt.IsCompleted || patience < remaining)
            {
                _ = AbandonAsync(attempt);
                opening = null;
            }

            throw;
        }
    }

    private async Task<CaseCommandException?> PrepareAsync(BrokerSession current, PendingPublish pending)
    {
        try
        {
            var preparing = current.PrepareAsync(pending);
            if (!preparing.IsCompletedSuccessfully)
            {
                await preparing.WaitAsync(pending.RemainingOf(options.PublishTimeout));
            }

            return null;
        }
        catch (Exception error)
        {
            return Failures.Unprepared(pending, Broker, error);
        }
    }

    private void DropLostSession()
    {
        if (session?.Lost is { } loss)
        {
            log.ConnectionLost(Broker, loss.Reason);
            _ = session.EndAsync();
            (session, lastLoss) = (null, loss);
        }
    }

    private async Task CountDownAsync(PendingPublish pending)
    {
        await pending.Confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref outstanding);
    }

    private static async Task AbandonAsync(Task<BrokerSession> opening)
    {
        try
        {
            await (await opening).EndAsync();
        }
        catch (Exception)
        {
            // There is no session to end.
        }
    }
}
