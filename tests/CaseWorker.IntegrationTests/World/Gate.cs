using System.Net;
using System.Net.Sockets;

namespace CaseWorker.IntegrationTests.World;

/// <summary>A door in front of a server, which opens and shuts as a network does. Shutting it breaks what went through.</summary>
internal sealed class Gate : IAsyncDisposable
{
    private readonly IPEndPoint server;
    private readonly Lock gate = new();
    private readonly List<TcpClient> through = [];
    private TcpListener? listener;

    private Gate(IPEndPoint server, int port)
    {
        this.server = server;
        Port = port;
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

    public ValueTask DisposeAsync()
    {
        Shut();
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
                await onward.ConnectAsync(server);
                await Task.WhenAny(client.GetStream().CopyToAsync(onward.GetStream()), onward.GetStream().CopyToAsync(client.GetStream()));
            }
            catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // The door was shut on it.
            }
        }
    }
}
