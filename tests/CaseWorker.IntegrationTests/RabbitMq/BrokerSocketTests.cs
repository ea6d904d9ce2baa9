using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.RabbitMq;

/// <summary>The stream that the broker's client writes its frames to, against a peer that only reads, or is gone.</summary>
public sealed class BrokerSocketTests : IDisposable
{
    private readonly TcpListener peer = new(IPAddress.Loopback, 0);

    private readonly ITcpClient client = BrokerSocket.Create(AddressFamily.InterNetwork);

    public void Dispose()
    {
        client.Dispose();
        peer.Dispose();
    }

    [Fact]
    public async Task Everything_that_was_written_arrives_in_its_order_the_last_words_too()
    {
        var (stream, accepted) = await ConnectAsync();
        using var received = new MemoryStream();
        using var end = accepted;
        var reading = new NetworkStream(end).CopyToAsync(received, TestContext.Current.CancellationToken);
        var sent = new StringBuilder();
        for (var i = 0; i < 20_000; i++)
        {
            // Frames of all sizes, some of them larger than all that may wait.
            var frame = i.ToString(CultureInfo.InvariantCulture).PadRight(i % 5_000 == 0 ? 300_000 : i % 700, '.');
            sent.Append(frame);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(frame), TestContext.Current.CancellationToken);
        }

        await stream.DisposeAsync();
        client.Close();
        await reading;
        Encoding.ASCII.GetString(received.ToArray()).ShouldBe(sent.ToString());
    }

    [Fact]
    public async Task A_writer_waits_for_a_peer_that_takes_nothing()
    {
        var (stream, accepted) = await ConnectAsync();
        using var end = accepted;
        var frame = new byte[64 * 1024];
        var written = 0L;
        Task writing;
        do
        {
            // What the sockets' own buffers hold, and what may wait here, is bounded.
            written += frame.Length;
            written.ShouldBeLessThan(256L * 1024 * 1024);
            writing = stream.WriteAsync(frame, TestContext.Current.CancellationToken).AsTask();
        }
        while (writing.IsCompleted);

        var taken = 0L;
        var buffer = new byte[frame.Length];
        while (taken < written)
        {
            taken += await end.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        }

        await writing;
        await stream.DisposeAsync();
    }

    [Fact]
    public async Task Writes_to_a_peer_that_is_gone_are_dropped_and_nobody_waits()
    {
        var (stream, accepted) = await ConnectAsync();
        accepted.LingerState = new LingerOption(enable: true, seconds: 0);
        accepted.Dispose();
        var frame = new byte[64 * 1024];
        for (var i = 0; i < 1_000; i++)
        {
            await stream.WriteAsync(frame, TestContext.Current.CancellationToken);
        }

        await stream.DisposeAsync();
    }

    private async Task<(Stream Stream, Socket Accepted)> ConnectAsync()
    {
        peer.Start();
        var accepting = peer.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)peer.LocalEndpoint).Port, TestContext.Current.CancellationToken);
        return (client.GetStream(), await accepting);
    }
}
