using CaseWorker.Diagnostics;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>Sends replies to those who asked for one.</summary>
internal interface IReplyPublisher
{
    /// <summary>Sends replies once. Those that cannot be sent are dropped: the outcome itself is published already. Never fails.</summary>
    Task SendAsync(IReadOnlyList<OutcomeReply> replies);
}

/// <summary>
/// Sends replies on a connection of their own, without confirms and without a second attempt. A requester's queue that is full, or a missing right to the
/// default exchange, holds up nobody else: the promised outcomes share neither channel nor confirms with replies.
/// </summary>
internal sealed class ReplyPublisher(IBrokerConnectionFactory broker, TimeProvider time, ILogger<ReplyPublisher> log) : IReplyPublisher, IAsyncDisposable
{
    /// <summary>A batch waits this long for its replies.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>After a failure replies are dropped for this long, so that a broken connection does not delay batch after batch.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LogPause = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim gate = new(1, 1);
    private IConnection? connection;
    private IChannel? channel;
    private long? failedAt;
    private long? loggedAt;
    private long dropped;

    public async Task SendAsync(IReadOnlyList<OutcomeReply> replies)
    {
        if (replies.Count == 0)
        {
            return;
        }

        await gate.WaitAsync();
        try
        {
            if (failedAt is { } failed && time.GetElapsedTime(failed) < Pause)
            {
                dropped += replies.Count;
                return;
            }

            await PublishAsync(replies).WaitAsync(Limit, time);
            failedAt = null;
        }
        catch (Exception error)
        {
            await OnFailureAsync(error, replies.Count);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        gate.Dispose();
    }

    private async Task PublishAsync(IReadOnlyList<OutcomeReply> replies)
    {
        var open = await OpenAsync();
        foreach (var reply in replies)
        {
            await open.BasicPublishAsync("", reply.Queue, mandatory: false, reply.Properties, reply.Body);
        }
    }

    private async Task<IChannel> OpenAsync()
    {
        if (channel is { IsOpen: true } open)
        {
            return open;
        }

        var reason = channel?.CloseReason;
        channel = null;
        if (reason is { Initiator: ShutdownInitiator.Peer, ReplyCode: >= 400 })
        {
            // The broker closed the channel for what was sent on it last: for a right that is missing, it will do so again.
            throw new InvalidOperationException(reason.ReplyText);
        }

        if (connection is not { IsOpen: true })
        {
            await DropAsync();
            connection = await broker.ConnectAsync("caseworker replies");
        }

        return channel = await connection.CreateChannelAsync();
    }

    private async Task OnFailureAsync(Exception error, int count)
    {
        dropped += count;
        failedAt = time.GetTimestamp();
        await DropAsync();
        if (loggedAt is null || time.GetElapsedTime(loggedAt.Value) >= LogPause)
        {
            log.RepliesDropped(dropped, error.GetBaseException().Message);
            (loggedAt, dropped) = (time.GetTimestamp(), 0);
        }
    }

    private async Task DropAsync()
    {
        channel = null;
        if (connection is { } old)
        {
            connection = null;
            await old.AbortAsync();
            await old.DisposeAsync();
        }
    }
}
