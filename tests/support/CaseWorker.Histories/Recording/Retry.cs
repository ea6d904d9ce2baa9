using System.Net.Sockets;
using Npgsql;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Histories.Recording;

/// <summary>The recorders outlive the servers that are killed under them: they try again until those are back.</summary>
internal static class Retry
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <param name="action">Tried until it does not fail for a lost or missing server.</param>
    /// <param name="limit">Ends the attempts.</param>
    /// <exception cref="OperationCanceledException">The limit was reached.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> action, CancellationToken limit)
    {
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            try
            {
                return await action();
            }
            catch (Exception error) when (IsTransient(error))
            {
                await timer.WaitForNextTickAsync(limit);
            }
        }
    }

    /// <exception cref="TimeoutException">It was not met within the time.</exception>
    public static Task UntilAsync(Func<Task<bool>> isMet, string what, TimeSpan time) => Eventually.HoldsAsync(
        () => what,
        async () =>
        {
            using var limit = new CancellationTokenSource(time);
            try
            {
                return await RunAsync(isMet, limit.Token);
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        },
        time);

    private static bool IsTransient(Exception error) =>
        error is NpgsqlException or SocketException or IOException or BrokerUnreachableException or OperationInterruptedException or PublishException or ObjectDisposedException;
}
