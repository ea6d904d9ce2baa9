using CaseWorker.Diagnostics;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class OutcomePublisherTests : IDisposable
{
    private const int Worker = 3;

    /// <summary>Longer than any back-off.</summary>
    private static readonly TimeSpan Backoff = TimeSpan.FromSeconds(10);

    private readonly TimerClock clock = new();
    private readonly ProcessingHealth health = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly FakeChannels channels = new();
    private readonly FakeReplies replies = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<CaseWorkerMetrics>().BuildServiceProvider();
    private readonly OutcomePublisher publisher;
    private readonly HashSet<string> unwanted = [];

    public OutcomePublisherTests() => publisher = new OutcomePublisher(
        channels,
        replies,
        health,
        services.GetRequiredService<CaseWorkerMetrics>(),
        Fake.Of<IHostApplicationLifetime>(("get_ApplicationStopping", _ => stopping.Token)),
        clock,
        NullLogger<OutcomePublisher>.Instance);

    public void Dispose()
    {
        services.Dispose();
        stopping.Dispose();
    }

    [Fact]
    public async Task All_outcomes_of_a_batch_are_sent_in_order_before_one_is_confirmed()
    {
        var publishing = PublishAsync("a", "b", "c");
        await clock.WaitBegunAsync();
        channels.Current.Published.ShouldBe(["a", "b", "c"]);
        publishing.IsCompleted.ShouldBeFalse();

        await channels.Current.AckAsync(3, multiple: true);
        (await publishing).ShouldBeTrue();
        channels.Current.Published.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Nothing_to_publish_is_confirmed_at_once()
    {
        (await PublishAsync()).ShouldBeTrue();
        channels.Opened.ShouldBe(0);
    }

    [Fact]
    public async Task What_the_broker_refuses_is_published_again_after_a_pause_and_nothing_else_is()
    {
        var publishing = PublishAsync("a", "b", "c");
        await clock.WaitBegunAsync();
        await channels.Current.AckAsync(1);
        await channels.Current.NackAsync(2);
        await channels.Current.AckAsync(3);
        await clock.WaitBegunAsync();
        (await StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
        channels.Current.Published.Count.ShouldBe(3, "it pauses first");

        clock.Advance(Backoff);
        await clock.WaitBegunAsync();
        channels.Current.Published.ShouldBe(["a", "b", "c", "b"]);
        await channels.Current.AckAsync(4);
        (await publishing).ShouldBeTrue();
        (await StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task An_outcome_that_nobody_wants_any_more_is_not_published_again()
    {
        var publishing = PublishAsync("a", "b");
        await clock.WaitBegunAsync();
        unwanted.Add("b");
        await channels.Current.AckAsync(1);
        await channels.Current.NackAsync(2);
        (await publishing).ShouldBeFalse("not all are confirmed");
        channels.Current.Published.ShouldBe(["a", "b"]);
        (await StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Without_a_broker_it_tries_again_and_again()
    {
        channels.Failure = new IOException("connection refused");
        var publishing = PublishAsync("a");
        foreach (var _ in Enumerable.Range(0, 20))
        {
            await clock.WaitBegunAsync();
            publishing.IsCompleted.ShouldBeFalse();
            clock.Advance(Backoff);
        }

        await clock.WaitBegunAsync();
        channels.Failure = null;
        clock.Advance(Backoff);
        await clock.WaitBegunAsync();
        await channels.Current.AckAsync(1);
        (await publishing).ShouldBeTrue();
    }

    [Fact]
    public async Task When_the_connection_is_lost_what_was_not_confirmed_goes_out_on_a_new_channel()
    {
        var publishing = PublishAsync("a", "b");
        await clock.WaitBegunAsync();
        await channels.Current.AckAsync(1);
        channels.Current.LoseConnection();
        await clock.WaitBegunAsync();
        clock.Advance(Backoff);
        await clock.WaitBegunAsync();
        channels.Opened.ShouldBe(2);
        channels.Current.Published.ShouldBe(["b"]);
        await channels.Current.AckAsync(1);
        (await publishing).ShouldBeTrue();
    }

    [Fact]
    public async Task When_the_channel_closes_what_was_not_confirmed_goes_out_again()
    {
        var publishing = PublishAsync("a", "b");
        await clock.WaitBegunAsync();
        await channels.Current.CloseAsync();
        await clock.WaitBegunAsync();
        clock.Advance(Backoff);
        await clock.WaitBegunAsync();
        channels.Current.Published.ShouldBe(["a", "b"]);
        await channels.Current.AckAsync(2, multiple: true);
        (await publishing).ShouldBeTrue();
    }

    [Fact]
    public async Task A_slow_confirm_is_reported_and_waited_for()
    {
        var publishing = PublishAsync("a");
        await clock.WaitBegunAsync();
        clock.Advance(TimeSpan.FromSeconds(29));
        (await StatusAsync()).ShouldBe(HealthStatus.Healthy);
        clock.Advance(TimeSpan.FromSeconds(1));
        await clock.WaitBegunAsync();
        (await StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
        publishing.IsCompleted.ShouldBeFalse();
        channels.Current.Published.ShouldBe(["a"], "it may still be confirmed: publishing it again would double it");

        await channels.Current.AckAsync(1);
        (await publishing).ShouldBeTrue();
        (await StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task A_reply_is_sent_once_after_its_outcome_is_confirmed()
    {
        var publishing = publisher.PublishAsync(Worker, [Outcome("a", new OutcomeReply("answers", new BasicProperties(), "reply to a"u8.ToArray()))]);
        await clock.WaitBegunAsync();
        await channels.Current.NackAsync(1);
        await clock.WaitBegunAsync();
        replies.Sent.ShouldBeEmpty();
        clock.Advance(Backoff);
        await clock.WaitBegunAsync();
        channels.Current.Published.ShouldBe(["a", "a"]);
        await channels.Current.AckAsync(2);
        (await publishing).ShouldBeTrue();
        replies.Sent.ShouldBe(["answers"]);
    }

    [Fact]
    public async Task A_stopping_worker_makes_no_pauses()
    {
        await stopping.CancelAsync();
        var publishing = PublishAsync("a");
        await clock.WaitBegunAsync();
        await channels.Current.NackAsync(1);
        await clock.WaitBegunAsync();
        channels.Current.Published.ShouldBe(["a", "a"]);
        await channels.Current.AckAsync(2);
        (await publishing).ShouldBeTrue();
    }

    private Task<bool> PublishAsync(params string[] outcomes) => publisher.PublishAsync(Worker, [.. outcomes.Select(text => Outcome(text))]);

    private OutcomeToPublish Outcome(string text, OutcomeReply? reply = null) =>
        new(new OutcomeMessage("case-outcomes.accepted", new BasicProperties(), System.Text.Encoding.UTF8.GetBytes(text), reply), () => !unwanted.Contains(text));

    private async Task<HealthStatus> StatusAsync() =>
        (await health.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;

    private sealed class FakeReplies : IReplyPublisher
    {
        public List<string> Sent { get; } = [];

        public Task SendAsync(IReadOnlyList<OutcomeReply> replies)
        {
            Sent.AddRange(replies.Select(reply => reply.Queue));
            return Task.CompletedTask;
        }
    }

    /// <summary>Opens a new channel when the last one is gone.</summary>
    private sealed class FakeChannels : IOutcomeChannels
    {
        public int Opened { get; private set; }

        public Exception? Failure { get; set; }

        public FakeChannel Current { get; private set; } = null!;

        public Task<OutcomeChannel> ChannelAsync(int worker)
        {
            worker.ShouldBe(Worker);
            if (Failure is not null)
            {
                return Task.FromException<OutcomeChannel>(Failure);
            }

            if (Current is not { IsOpen: true })
            {
                Current = new FakeChannel();
                Opened++;
            }

            return Task.FromResult(Current.Channel);
        }
    }

    /// <summary>A channel whose confirms the test sends.</summary>
    private sealed class FakeChannel
    {
        private readonly TaskCompletionSource lost = new();
        private AsyncEventHandler<BasicAckEventArgs> acks = null!;
        private AsyncEventHandler<BasicNackEventArgs> nacks = null!;
        private AsyncEventHandler<ShutdownEventArgs> shutdown = null!;

        public FakeChannel() => Channel = new OutcomeChannel(
            Fake.Of<IChannel>(
                ("add_BasicAcksAsync", arguments => Keep(() => acks = (AsyncEventHandler<BasicAckEventArgs>)arguments[0]!)),
                ("add_BasicNacksAsync", arguments => Keep(() => nacks = (AsyncEventHandler<BasicNackEventArgs>)arguments[0]!)),
                ("add_ChannelShutdownAsync", arguments => Keep(() => shutdown = (AsyncEventHandler<ShutdownEventArgs>)arguments[0]!)),
                ("get_IsClosed", _ => !IsOpen),
                ("BasicPublishAsync", arguments =>
                {
                    Published.Add(System.Text.Encoding.UTF8.GetString(((ReadOnlyMemory<byte>)arguments[4]!).Span));
                    return ValueTask.CompletedTask;
                }
        )),
            lost.Task);

        public OutcomeChannel Channel { get; }

        public bool IsOpen { get; private set; } = true;

        public List<string> Published { get; } = [];

        public Task AckAsync(ulong number, bool multiple = false) => acks(this, new BasicAckEventArgs(number, multiple));

        public Task NackAsync(ulong number) => nacks(this, new BasicNackEventArgs(number, multiple: false, requeue: false));

        public Task CloseAsync()
        {
            IsOpen = false;
            return shutdown(this, new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "closed"));
        }

        public void LoseConnection()
        {
            IsOpen = false;
            lost.SetResult();
        }

        private static object? Keep(Action keep)
        {
            keep();
            return null;
        }
    }
}
