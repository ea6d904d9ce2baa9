using CaseWorker.Configuration;
using CaseWorker.Queries;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace CaseWorker.AspNetCore.Dashboard.Monitoring;

/// <summary>How many commands wait in each slot's queue, over a connection of its own that is opened when somebody looks.</summary>
internal sealed class QueueDepthReader(ConnectionSettings settings, IOptions<CaseWorkerOptions> options) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private IConnection? connection;

    /// <summary>Not to be called twice at a time.</summary>
    /// <returns>Null if the broker does not answer.</returns>
    public async Task<IReadOnlyList<uint?>?> TryReadAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            connection ??= await BrokerAdmin.ConnectAsync(settings.Broker, "ops", limit.Token);
            return await SlotStatuses.DepthsAsync(connection, options.Value.Slots, limit.Token);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it was: the next look begins with a new connection, and the page says that the broker is away.
            await DisposeAsync();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is { } old)
        {
            connection = null;
            await old.AbortAsync(TimeSpan.FromSeconds(1));
            await old.DisposeAsync();
        }
    }
}
