using System.Net.Sockets;
using Npgsql;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Histories.Recording;

/// <summary>The recorders outlive the servers that are killed under them: they try again until those are back.</summary>
internal static class Patience
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <param name="action">Tried until it does not fail for a lost or missing server.</param>
    /// <param name="limit">Ends the patience.</param>
    /// <exception cref="OperationCanceledException">The limit was reached.</exception>
    public static async Task<T> TryAsync<T>(Func<Task<T>> action, CancellationToken limit)
    {
        using var timer = new PeriodicTimer(Pause);
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
    public static async Task UntilAsync(Func<Task<bool>> isMet, string what, TimeSpan time)
    {
        using var limit = new CancellationTokenSource(time);
        using var timer = new PeriodicTimer(Pause);
        try
        {
            while (!await TryAsync(isMet, limit.Token))
            {
                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException error)
        {
            throw new TimeoutException($"Waited {time.TotalSeconds:N0} s for {what}", error);
        }
    }

    private static bool IsTransient(Exception error) =>
        error is NpgsqlException or SocketException or IOException or BrokerUnreachableException or OperationInterruptedException or PublishException or ObjectDisposedException;
}
