using System.Collections.Concurrent;
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
    private const string ConnectionName = "caseworker client";

    private readonly IConnection connection;
    private readonly TimeProvider time;
    private readonly Dictionary<int, CommandChannel> channels = [];
    private readonly ConcurrentDictionary<PendingPublish, bool> inFlight = new();
    private IChannel? questions;
    private Task preparing = Task.CompletedTask;
    private ReplyQueue? replies;
    private ConnectionLoss? loss;

    private BrokerSession(IConnection connection, IChannel questions, TimeProvider time) => (this.connection, this.questions, this.time) = (connection, questions, time);

    /// <summary>How it was lost; null while it lives.</summary>
    public ConnectionLoss? Lost => Volatile.Read(ref loss);

    public IReadOnlyCollection<PendingPublish> InFlight => [.. inFlight.Keys];

    /// <remarks>No cancellation token: one that fires inside can leave a connection that never ends.</remarks>
    public static async Task<BrokerSession> OpenAsync(IBrokerConnectionFactory broker, TimeProvider time)
    {
        var connection = await broker.ConnectAsync(ConnectionName);
        try
        {
            // A missing virtual host is reported only after the connection is open.
            var session = new BrokerSession(connection, await connection.CreateChannelAsync(), time);
            connection.ConnectionShutdownAsync += session.OnShutdownAsync;
            return session;
        }
        catch
        {
            _ = connection.EndAsync(time);
            throw;
        }
    }

    /// <summary>Checks, once per slot, that it has a queue, opens its channel, and declares the reply queue if a reply is wanted.</summary>
    /// <remarks>
    /// A command for a slot without a queue would be confirmed, since the exchange has an alternate, and end as a dead letter. The caller
    /// may stop waiting; the next preparation goes on after this one.
    /// </remarks>
    /// <exception cref="OperationInterruptedException">The broker refuses: its reply code says why.</exception>
    public Task PrepareAsync(PendingPublish pending)
    {
        var isReady = preparing.IsCompleted && channels.ContainsKey(pending.Slot) && (replies is not null || !pending.WantsReply);
        return isReady ? Task.CompletedTask : preparing = PrepareAsync(pending, preparing);
    }

    /// <summary>Returns at once; the commands of a slot go out in the order of the calls.</summary>
    public void Send(PendingPublish pending)
    {
        inFlight[pending] = true;
        if (pending.WantsReply)
        {
            pending.ReplyQueue = replies;
            replies!.Expect(pending);
        }

        if (Lost is { } lost)
        {
            Fail(pending, lost);
            return;
        }

        channels[pending.Slot].Send(pending, pending.WantsReply ? replies!.Queue : null);
    }

    /// <summary>Ends the session: everything in flight fails.</summary>
    public void Lose(string reason, ushort replyCode = 0, Exception? cause = null)
    {
        var now = new ConnectionLoss(reason, replyCode, time.GetTimestamp(), HadCommands: !inFlight.IsEmpty, cause);
        if (Interlocked.CompareExchange(ref loss, now, null) is null)
        {
            foreach (var pending in inFlight.Keys)
            {
                Fail(pending, now);
            }

            replies?.Lose();
        }
    }

    public Task EndAsync() => connection.EndAsync(time);

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
            channels[pending.Slot] = await OpenChannelAsync(pending.Slot);
        }

        if (pending.WantsReply)
        {
            replies ??= await ReplyQueue.OpenAsync(connection);
        }
    }

    private async Task<CommandChannel> OpenChannelAsync(int slot)
    {
        var channel = await connection.CreateChannelAsync(ConfirmChannel.Options);
        channel.ChannelShutdownAsync += OnShutdownAsync;
        return new CommandChannel(channel, slot, OnDone, OnPublishFailed);
    }

    private void OnDone(PendingPublish pending) => inFlight.TryRemove(pending, out _);

    private void OnPublishFailed(Exception error) =>
        Lose(error.GetBaseException().Message, (error as OperationInterruptedException)?.ShutdownReason?.ReplyCode ?? 0, error);

    private void Fail(PendingPublish pending, ConnectionLoss lost)
    {
        inFlight.TryRemove(pending, out _);
        pending.Fail(Failures.Lost(pending, lost, wasSent: true));
    }

    private Task OnShutdownAsync(object sender, ShutdownEventArgs reason)
    {
        Lose(reason.ReplyText, reason.ReplyCode, reason.Exception);
        return Task.CompletedTask;
    }
}

/// <summary>How a session was lost.</summary>
/// <param name="Reason">In the broker's or the client's words.</param>
/// <param name="ReplyCode">AMQP's code; 0 if there is none.</param>
/// <param name="At">A timestamp.</param>
/// <param name="HadCommands">Whether commands were in flight.</param>
/// <param name="Cause">The exception, if there was one.</param>
internal sealed record ConnectionLoss(string Reason, ushort ReplyCode, long At, bool HadCommands, Exception? Cause);
