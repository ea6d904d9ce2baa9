using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace CaseWorker.TestSupport;

/// <summary>A plain client's connection that survives the tests' kills of its broker: it may end badly, but it ends.</summary>
internal static class BrokerConnection
{
    public static Task<IConnection> OpenAsync(Uri broker) =>
        new BrokerConnectionFactory(broker).ConnectAsync("caseworker tests");

    /// <summary>The client can wait for ever for the end of a connection that was lost in the middle of something.</summary>
    public static async Task EndAsync(IConnection connection)
    {
        try
        {
            await connection.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            // Its broker is gone, and the process soon.
        }
    }
}
