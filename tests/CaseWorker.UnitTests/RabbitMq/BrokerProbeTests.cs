using CaseWorker.Configuration;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class BrokerProbeTests : IDisposable
{
    private readonly TimerClock clock = new();
    private readonly FakeClientBroker broker = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly BrokerProbe probe;
    private int stopRequests;

    public BrokerProbeTests() => probe = new BrokerProbe(
        broker,
        Fake.Of<IHostApplicationLifetime>(("get_ApplicationStopping", _ => stopping.Token), ("StopApplication", _ => Fake.Keep(() => stopRequests++))),
        clock,
        NullLogger<BrokerProbe>.Instance);

    public void Dispose() => stopping.Dispose();

    [Fact]
    public async Task A_broker_that_is_there_is_connected_to_once_and_left()
    {
        await StartAsync();
        await probe.WaitUntilAvailableAsync();
        probe.UnavailableFor.ShouldBe(TimeSpan.Zero);
        broker.Connections.Count.ShouldBe(2, "one at the start, one for the later question");
        await broker.Connections[0].Disposed;
    }

    [Fact]
    public async Task A_broker_that_is_away_is_asked_again_at_least_every_second_however_long_it_takes()
    {
        Fail(new IOException("connection refused"));
        var starting = StartAsync();
        for (var attempt = 1; attempt <= 100; attempt++)
        {
            await clock.WaitBegunAsync();
            starting.IsCompleted.ShouldBeFalse();
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await clock.WaitBegunAsync();
        probe.UnavailableFor.ShouldBe(TimeSpan.FromSeconds(100));
        broker.OnConnect = () => Task.FromResult(broker.Open());
        clock.Advance(TimeSpan.FromSeconds(1));
        await starting;
        probe.UnavailableFor.ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_at_the_start_ends_the_start(Exception refusal)
    {
        Fail(refusal);
        var error = await Should.ThrowAsync<SettingException>(StartAsync());
        error.Message.ShouldStartWith("The broker at broker:5672, virtual host \"/\" refuses RabbitMq:Uri:");
        stopRequests.ShouldBe(1);
        await Should.ThrowAsync<SettingException>(probe.WaitUntilAvailableAsync());
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_after_the_start_is_waited_out(Exception refusal)
    {
        await StartAsync();
        Fail(refusal);
        var waiting = probe.WaitUntilAvailableAsync();
        await clock.WaitBegunAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        await clock.WaitBegunAsync();
        waiting.IsCompleted.ShouldBeFalse();
        broker.OnConnect = () => Task.FromResult(broker.Open());
        clock.Advance(TimeSpan.FromSeconds(1));
        await waiting;
        stopRequests.ShouldBe(0);
    }

    [Fact]
    public async Task A_connection_whose_end_is_never_reported_holds_nothing_up()
    {
        var stuck = broker.Open();
        stuck.DisposeEnds = false;
        broker.OnConnect = () => Task.FromResult(stuck);
        var starting = StartAsync();
        await clock.WaitBegunAsync();
        starting.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(10));
        await starting;
    }

    [Fact]
    public async Task The_end_of_the_worker_ends_the_wait_for_an_attempt()
    {
        var hanging = new TaskCompletionSource<FakeConnection>();
        broker.OnConnect = () => hanging.Task;
        var waiting = probe.WaitUntilAvailableAsync();
        await stopping.CancelAsync();
        await waiting;
        var late = broker.Open();
        hanging.SetResult(late);
        await late.Disposed;
    }

    [Fact]
    public async Task The_end_of_the_worker_ends_the_pause_between_attempts()
    {
        Fail(new IOException("connection refused"));
        var waiting = probe.WaitUntilAvailableAsync();
        await clock.WaitBegunAsync();
        await stopping.CancelAsync();
        await waiting;
    }

    public static TheoryData<Exception> Refusals() =>
    [
        new BrokerUnreachableException(new AuthenticationFailureException("no such user")),
        new OperationInterruptedException(new ShutdownEventArgs(ShutdownInitiator.Peer, Constants.NotAllowed, "no such virtual host")),
    ];

    private Task StartAsync() => probe.StartAsync(TestContext.Current.CancellationToken);

    private void Fail(Exception error) => broker.OnConnect = () => Task.FromException<FakeConnection>(error);
}
