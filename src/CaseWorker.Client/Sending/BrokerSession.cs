using System.Collections.Concurrent;
using System.Diagnostics;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Client.Sending;

/// <summary>
/// One connection with one channel per slot, so that a queue that is stuck at the broker delays no other slot. If the connection or a
/// channel is lost, all in-flight publishes fail. A session is never reused.
/// </summary>
internal sealed class BrokerSession
{
    /// <summary>What the broker's own lists call the client's connections.</summary>
    public const string ConnectionName = "caseworker client";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly IConnection connection;
    private readonly Dictionary<int, IChannel> channels = [];
    private readonly ConcurrentDictionary<PendingPublish, bool> underWay = new();
    private IChannel? questions;
    private Task preparing = Task.CompletedTask;
    private ReplyQueue? answers;
    private ConnectionLoss? loss;

    private BrokerSession(IConnection connection) => this.connection = connection;

    /// <summary>Null while it lives.</summary>
    public ConnectionLoss? Lost => Volatile.Read(ref loss);

    public IReadOnlyCollection<PendingPublish> UnderWay => [.. underWay.Keys];

    /// <remarks>No cancellation token: one that fires inside can leave a connection that never ends.</remarks>
    public static async Task<BrokerSession> OpenAsync(IBrokerConnectionFactory broker)
    {
        var connection = await broker.ConnectAsync(ConnectionName);
        try
        {
            // A virtual host that is missing is told only after the connection is open.
            var session = new BrokerSession(connection) { questions = await connection.CreateChannelAsync() };
            connection.ConnectionShutdownAsync += session.OnShutdownAsync;
            return session;
        }
        catch
        {
            _ = EndAsync(connection);
            throw;
        }
    }

    /// <summary>Looks, once a slot, whether it has a queue, opens its channel, and makes the queue for the answers where one is wanted.</summary>
    /// <remarks>
    /// A command for a slot without a queue would be confirmed, since the exchange has an alternate, and end as a dead letter. The caller
    /// may stop waiting; the next preparation goes on after this one.
    /// </remarks>
    /// <exception cref="OperationInterruptedException">The broker says no: its reply code says why.</exception>
    public Task PrepareAsync(PendingPublish pending)
    {
        var isReady = preparing.IsCompleted && channels.ContainsKey(pending.Slot) && (answers is not null || !pending.WantsAnswer);
        return isReady ? Task.CompletedTask : preparing = PrepareAsync(pending, preparing);
    }

    /// <summary>Returns at once; the commands go out in the order of the calls.</summary>
    public void Send(PendingPublish pending)
    {
        underWay[pending] = true;
        if (pending.WantsAnswer)
        {
            pending.ReplyQueue = answers;
            answers!.Expect(pending);
        }

        if (Lost is { } lost)
        {
            Fail(pending, lost);
            return;
        }

        _ = FollowAsync(pending);
    }

    public void Lose(string reason, ushort replyCode = 0, Exception? cause = null)
    {
        var now = new ConnectionLoss(reason, replyCode, Stopwatch.GetTimestamp(), TookSome: !underWay.IsEmpty, cause);
        if (Interlocked.CompareExchange(ref loss, now, null) is null)
        {
            foreach (var pending in underWay.Keys)
            {
                Fail(pending, now);
            }

            answers?.Lose();
        }
    }

    public Task EndAsync() => EndAsync(connection);

    private async Task PrepareAsync(PendingPublish pending, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!channels.ContainsKey(pending.Slot))
        {
            if (questions is not { IsOpen: true })
            {
                questions = await connection.CreateChannelAsync();
            }

            await questions.QueueDeclarePassiveAsync(CaseTopology.QueueOf(pending.Slot));
            channels[pending.Slot] = await OpenChannelAsync();
        }

        if (pending.WantsAnswer)
        {
            answers ??= await ReplyQueue.OpenAsync(connection);
        }
    }

    private async Task<IChannel> OpenChannelAsync()
    {
        // The number of commands under way is limited elsewhere; the client's own limiter slows down long before its limit.
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null));
        channel.ChannelShutdownAsync += OnShutdownAsync;
        return channel;
    }

    private async Task FollowAsync(PendingPublish pending)
    {
        try
        {
            // The caller's activity, so that the client's own spans, where somebody listens to them, belong to its trace.
            Activity.Current = pending.Activity;

            // No cancellation token: it would end the wait, but what is sent cannot be taken back.
            await channels[pending.Slot].BasicPublishAsync(
                CaseTopology.CommandExchange,
                CaseTopology.RoutingKeyOf(pending.Slot),
                mandatory: true,
                pending.Properties(pending.WantsAnswer ? answers!.Queue : null),
                pending.Body);
            pending.Confirm();
        }
        catch (PublishException error)
        {
            pending.Fail(error.IsReturn ? Failures.Returned(pending, error) : Failures.Nacked(pending, error));
        }
        catch (Exception error)
        {
            Lose(error.GetBaseException().Message, (error as OperationInterruptedException)?.ShutdownReason?.ReplyCode ?? 0, error);
            Fail(pending, Lost!);
        }
        finally
        {
            underWay.TryRemove(pending, out _);
        }
    }

    private void Fail(PendingPublish pending, ConnectionLoss lost)
    {
        underWay.TryRemove(pending, out _);
        pending.Fail(Failures.Lost(pending, lost, wasSent: true));
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Lose(reason.ReplyText, reason.ReplyCode, reason.Exception);
        return Task.CompletedTask;
    }

    private static async Task EndAsync(IConnection connection)
    {
        // The client can wait for ever for the end of a connection that was lost in the middle of something.
        await connection.DisposeAsync().AsTask().WaitAsync(EndLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>How a session was lost.</summary>
/// <param name="Reason">In the broker's or the client's words.</param>
/// <param name="ReplyCode">AMQP's code, 0 where there is none.</param>
/// <param name="At">A timestamp.</param>
/// <param name="TookSome">Whether commands were on their way.</param>
/// <param name="Cause">What was thrown, where something was.</param>
internal sealed record ConnectionLoss(string Reason, ushort ReplyCode, long At, bool TookSome, Exception? Cause);
