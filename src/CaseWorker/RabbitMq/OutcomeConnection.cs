using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>
/// The connection that outcomes go out on, with one channel per batch worker. Commands come in on another one: RabbitMQ.Client ends a channel in
/// its read loop and waits there for the channel's handlers; handlers wait for their batch worker; and a batch worker that waits for confirms
/// from the same read loop would wait for ever.
/// </summary>
internal sealed class OutcomeConnection(IBrokerConnectionFactory broker, TimeProvider time) : IOutcomeChannels, IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly Dictionary<int, OutcomeChannel> channels = [];
    private IConnection? connection;
    private TaskCompletionSource lost = new();

    public async Task<OutcomeChannel> ChannelAsync(int worker)
    {
        await gate.WaitAsync();
        try
        {
            if (connection is not { IsOpen: true })
            {
                await ConnectAsync();
            }

            if (!channels.TryGetValue(worker, out var channel) || channel.IsClosed)
            {
                await DeclareWhenMissingAsync(channel);
                channels[worker] = channel = new OutcomeChannel(await connection!.CreateChannelAsync(ConfirmChannel.Options), lost.Task);
            }

            return channel;
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

    /// <summary>An exchange that somebody deleted comes back before the outcomes are published again.</summary>
    private async Task DeclareWhenMissingAsync(OutcomeChannel? closed)
    {
        if (closed is { MissedExchange: true })
        {
            await using var declaring = await connection!.CreateChannelAsync();
            await OutcomeTopology.DeclareAsync(declaring);
        }
    }

    private async Task ConnectAsync()
    {
        await DropAsync();
        var fresh = await broker.ConnectAsync("caseworker outcomes");
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fresh.ConnectionShutdownAsync += (_, _) =>
        {
            signal.TrySetResult();
            return Task.CompletedTask;
        };
        (connection, lost) = (fresh, signal);
    }

    private async Task DropAsync()
    {
        channels.Clear();
        if (connection is { } old)
        {
            connection = null;
            await old.EndAsync(time);
        }
    }
}
