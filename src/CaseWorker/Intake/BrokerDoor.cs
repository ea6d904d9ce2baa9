using System.Net.Sockets;

namespace CaseWorker.Intake;

/// <summary>
/// Waits until the broker's port answers. MassTransit's own pause between two tries to connect grows to a minute and stays there; asking
/// at the door first, a worker is back within a second of its broker.
/// </summary>
internal static class BrokerDoor
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public static async Task OpensAsync(string host, int port, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && !await AnswersAsync(host, port, stopping))
        {
            await Task.Delay(Pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> AnswersAsync(string host, int port, CancellationToken stopping)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, stopping);
            return true;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
