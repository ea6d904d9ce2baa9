using System.Threading.Channels;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Client.Sending;

/// <summary>
/// Sends commands in the order in which they were added. One loop does it all: it connects if there is no session, and hands each
/// command to the session without waiting for its confirm.
/// </summary>
internal sealed class CommandSender : IAsyncDisposable
{
    private readonly Channel<PendingPublish> queue = Channel.CreateUnbounded<PendingPublish>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CaseWorkerClientOptions options;
    private readonly SessionOpener opener;
    private readonly OutstandingCommands outstanding;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Task loop;
    private BrokerSession? session;
    private ConnectionLoss? lastLoss;

    public CommandSender(CaseWorkerClientOptions options, IBrokerConnectionFactory broker, TimeProvider time, ILogger log)
    {
        (this.options, this.time, this.log) = (options, time, log);
        Broker = broker.Name;
        opener = new SessionOpener(broker, time, log);
        outstanding = new OutstandingCommands(options.MaxOutstandingCommands, options.MaxOutstandingBytes);
        using (ExecutionContext.SuppressFlow())
        {
            // The first caller's trace is not the loop's.
            loop = Task.Run(RunAsync);
        }
    }

    /// <summary>The broker's address, for messages.</summary>
    public string Broker { get; }

    /// <summary>Why there is no connection; null if there is one.</summary>
    public Exception? LastFailure => opener.LastFailure;

    /// <exception cref="TooManyCommandsException">The limit is reached.</exception>
    /// <exception cref="ObjectDisposedException">The client has ended.</exception>
    public void Add(PendingPublish pending)
    {
        outstanding.Add(pending);
        if (!queue.Writer.TryWrite(pending))
        {
            outstanding.Remove(pending);
            throw new ObjectDisposedException(nameof(ICaseWorkerClient), "The client has ended with its application's services; nothing can be published any more.");
        }
    }

    /// <summary>Lets every command that was added end within its time, and then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await loop;
        if (session is { } last)
        {
            await Task.WhenAll(last.InFlight.Select(pending => pending.Confirmed)).WaitAsync(options.PublishTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            last.Lose("the client ends");
            await last.EndAsync();
        }

        opener.Abandon();
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
                // Any error: the commands behind this one must not wait for ever.
                pending.Fail(Failures.NotReached(pending, Broker, error));
            }
        }
    }

    private async Task SendAsync(PendingPublish pending)
    {
        DropLostSession();
        if (lastLoss is { HadCommands: true } loss && pending.IsOlderThan(loss.At))
        {
            // A command that failed with the session may precede it in its case; sent now, this one would overtake it.
            pending.Fail(Failures.Lost(pending, loss, wasSent: false));
            return;
        }

        if ((session ??= await ConnectAsync(pending)) is not { } current)
        {
            return;
        }

        if (await PrepareAsync(current, pending) is { } failure)
        {
            pending.Fail(failure);
            return;
        }

        if (pending.TrySend())
        {
            current.Send(pending);
            return;
        }

        pending.Fail(Failures.NotReached(pending, Broker, error: null));
        if (pending.RemainingOf(options.PublishTimeout) == TimeSpan.Zero)
        {
            lastLoss = new ConnectionLoss("it did not answer in time", ReplyCode: 0, time.GetTimestamp(), HadCommands: true, Cause: null);
        }
    }

    /// <summary>Tries until the first command's time is over; then that command fails and all that wait behind it, so that none overtakes it.</summary>
    private async Task<BrokerSession?> ConnectAsync(PendingPublish first)
    {
        if (await opener.OpenAsync(() => first.RemainingOf(options.PublishTimeout)) is { } opened)
        {
            return opened;
        }

        var failed = first;
        do
        {
            failed.Fail(Failures.NotReached(failed, Broker, LastFailure));
        }
        while (queue.Reader.TryRead(out failed));

        return null;
    }

    private async Task<CaseCommandException?> PrepareAsync(BrokerSession current, PendingPublish pending)
    {
        try
        {
            var preparing = current.PrepareAsync(pending);
            if (!preparing.IsCompletedSuccessfully)
            {
                await preparing.WaitAsync(pending.RemainingOf(options.PublishTimeout), time);
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
}
