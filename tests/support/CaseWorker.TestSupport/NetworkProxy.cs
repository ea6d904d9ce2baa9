using System.Net;
using System.Net.Sockets;

namespace CaseWorker.TestSupport;

/// <summary>
/// A TCP proxy in front of a server that fails as networks do. Closed, it breaks its connections, and both ends notice; on hold, nothing
/// passes, and neither end notices.
/// </summary>
internal sealed class NetworkProxy : IAsyncDisposable
{
    private readonly IPEndPoint server;
    private readonly Lock gate = new();
    private readonly List<TcpClient> through = [];
    private TcpListener? listener;
    private volatile TaskCompletionSource flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NetworkProxy(IPEndPoint server, int port)
    {
        this.server = server;
        Port = port;
        flowing.SetResult();
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port { get; }

    /// <summary>A closed proxy on a port that is free now.</summary>
    public static NetworkProxy To(int serverPort) => new(new IPEndPoint(IPAddress.Loopback, serverPort), LoopbackPort.FindFree());

    public void Open()
    {
        listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = AcceptAsync(listener);
    }

    public void Close()
    {
        lock (gate)
        {
            listener?.Stop();
            listener = null;
            through.ForEach(client => client.Dispose());
            through.Clear();
        }
    }

    /// <summary>Stops the traffic in both directions. Connections stay open, and new ones are accepted.</summary>
    public void Hold() => flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets the held traffic pass, late.</summary>
    public void Release() => flowing.TrySetResult();

    public ValueTask DisposeAsync()
    {
        Close();
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
                // The proxy was closed.
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
