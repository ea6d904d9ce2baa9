using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

/// <summary>The stream that the broker's client writes its frames to, against a peer that only reads, or is gone.</summary>
public sealed class BrokerStreamTests : IDisposable
{
    private readonly TcpListener peer = new(IPAddress.Loopback, 0);

    private readonly FakeTimeProvider clock = new();
    private readonly ITcpClient client;

    public BrokerStreamTests() => client = BrokerSocket.Create(AddressFamily.InterNetwork, clock);

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

    /// <summary>RabbitMQ.Client itself waits for the rest of the first frame without a limit.</summary>
    [Theory]
    [InlineData(0, "The peer has sent nothing for 10 s.")]
    [InlineData(1, "The peer has sent nothing for 22 s.")]
    [InlineData(7, "The peer has sent nothing for 22 s.")]
    [InlineData(40, "The peer has sent nothing for 22 s.")]
    public async Task A_peer_that_falls_silent_before_the_end_of_its_first_frame_is_given_up(int bytesSent, string error)
    {
        peer.Start();
        var factory = new BrokerConnectionFactory(new Uri($"amqp://127.0.0.1:{((IPEndPoint)peer.LocalEndpoint).Port}")).Create("test");
        factory.SocketFactory = family => BrokerSocket.Create(family, clock);
        var connecting = factory.CreateConnectionAsync(TestContext.Current.CancellationToken);
        using var accepted = await peer.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var protocolHeader = new byte[8];
        (await accepted.ReceiveAsync(protocolHeader, TestContext.Current.CancellationToken)).ShouldBe(8);

        // A method frame of 400 bytes on channel 0: connection.start, version 0-9.
        byte[] start = [1, 0, 0, 0, 0, 1, 144, 0, 10, 0, 10, 0, 9, .. new byte[27]];
        await accepted.SendAsync(start.AsMemory(0, bytesSent), TestContext.Current.CancellationToken);

        // On a busy machine the stream under test reads the bytes later than one round trip takes.
        for (var i = 0; i < 25; i++)
        {
            await UntilIdleAsync();
        }

        (await Should.ThrowAsync<Exception>(SilenceAsync(connecting))).ToString().ShouldContain(error);
    }

    [Fact]
    public async Task A_peer_that_takes_nothing_is_given_up()
    {
        var (stream, accepted) = await ConnectAsync();
        using var end = accepted;
        Task writing;
        do
        {
            writing = stream.WriteAsync(new byte[64 * 1024], TestContext.Current.CancellationToken).AsTask();
        }
        while (writing.IsCompleted);

        await SilenceAsync(writing);
        await stream.DisposeAsync();
    }

    /// <summary>Lets time pass until the task ends: an hour of the clock at most.</summary>
    private async Task SilenceAsync(Task task)
    {
        for (var seconds = 0; seconds < 3600 && !task.IsCompleted; seconds++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(task, UntilIdleAsync());
        }

        task.IsCompleted.ShouldBeTrue();
        await task;
    }

    /// <summary>A round trip over loopback: what the stream under test was about to read or notice, it has.</summary>
    private static async Task UntilIdleAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var sender = new TcpClient();
        await sender.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var receiver = await listener.AcceptSocketAsync();
        await sender.GetStream().WriteAsync(new byte[1]);
        await receiver.ReceiveAsync(new byte[1]);
    }

    private async Task<(Stream Stream, Socket Accepted)> ConnectAsync()
    {
        peer.Start();
        var accepting = peer.AcceptSocketAsync(TestContext.Current.CancellationToken);
        await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)peer.LocalEndpoint).Port, TestContext.Current.CancellationToken);
        return (client.GetStream(), await accepting);
    }
}
