using System.Net;
using System.Net.Sockets;

namespace CaseWorker.TestSupport;

/// <summary>
/// A door in front of a server. It fails as networks do: shut, it breaks what went through, and both ends know; held, nothing passes and
/// nobody is told.
/// </summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly IPEndPoint server;
    private readonly Lock gate = new();
    private readonly List<TcpClient> through = [];
    private TcpListener? listener;
    private volatile TaskCompletionSource flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Gate(IPEndPoint server, int port)
    {
        this.server = server;
        Port = port;
        flowing.SetResult();
    }

    /// <summary>Where clients knock.</summary>
    public int Port { get; }

    /// <summary>A shut door on a port that is free now.</summary>
    public static Gate To(int serverPort)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return new Gate(new IPEndPoint(IPAddress.Loopback, serverPort), ((IPEndPoint)probe.LocalEndpoint).Port);
    }

    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = AcceptAsync(listener);
    }

    public void Shut()
    {
        lock (gate)
        {
            listener?.Stop();
            listener = null;
            through.ForEach(client => client.Dispose());
            through.Clear();
        }
    }

    /// <summary>Nothing passes any more, in both directions; connections stay, and new ones are taken.</summary>
    public void Hold() => flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What was held passes now, late.</summary>
    public void Release() => flowing.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Shut();
        Release();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync(TcpListener open)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await open.AcceptTcpClientAsync();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }

            _ = PassAsync(client);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var onward = new TcpClient();
        using (client)
        {
            lock (gate)
            {
                through.AddRange([client, onward]);
            }

            try
            {
                await flowing.Task;
                await onward.ConnectAsync(server);
                client.NoDelay = onward.NoDelay = true;
                await await Task.WhenAny(CopyAsync(client.GetStream(), onward.GetStream()), CopyAsync(onward.GetStream(), client.GetStream()));
            }
            catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The door was shut on it.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[32 * 1024];
        while (await from.ReadAsync(buffer) is > 0 and var count)
        {
            await flowing.Task;
            await to.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
