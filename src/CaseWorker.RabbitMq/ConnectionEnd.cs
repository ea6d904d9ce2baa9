using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>Ends connections in bounded time.</summary>
internal static class ConnectionEnd
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Ends a connection. Never fails, and waits at most 10 s: RabbitMQ.Client can wait for ever for the end of a connection that was lost in the middle of something.</summary>
    public static async Task EndAsync(this IConnection connection, TimeProvider time) =>
        await connection.DisposeAsync().AsTask().WaitAsync(Limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
