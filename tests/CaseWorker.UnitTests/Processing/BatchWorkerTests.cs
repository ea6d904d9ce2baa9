using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using CaseWorker.UnitTests.RabbitMq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Processing;

public sealed class BatchWorkerTests : IDisposable
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(10);

    private readonly TimerClock clock = new();
    private readonly FakeBroker broker = new();
    private readonly ProcessingHealth health = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().AddSingleton(TimeProvider.System).AddSingleton<CaseWorkerMetrics>().BuildServiceProvider();
    private readonly BatchDispatcher dispatcher;
    private readonly SlotChannel channel;
    private readonly FakeProcessor processor = new();
    private readonly FakePublisher publisher = new();
    private readonly List<string> ended = [];

    public BatchWorkerTests()
    {
        // On the system's clock, so that every wait on the fake clock is the worker's own.
        dispatcher = new BatchDispatcher(10, TimeProvider.System);
        channel = new SlotChannel(broker.Context, new SlotLease(7, 1), dispatcher.Admit, TimeProvider.System);
    }

    public void Dispose()
    {
        dispatcher.Dispose();
        services.Dispose();
        stopping.Dispose();
    }

    [Fact]
    public async Task A_batch_is_committed_then_published_then_acknowledged()
    {
        broker.OnAcknowledge = () => publisher.Published.ShouldBe(1);
        publisher.OnPublish = () =>
        {
            processor.Committed.ShouldBe([1, 2, 3]);
            broker.Acknowledged.ShouldBeEmpty();
        };
        Admit(3);
        await Worker().RunAsync();
        broker.Acknowledged.ShouldBe([3UL], "one acknowledgement stands for all before it");
    }

    [Fact]
    public async Task A_transient_failure_is_tried_again_until_it_passes()
    {
        processor.Fail = (_, attempt) => attempt <= 5 ? new TimeoutException("the database is away") : null;
        Admit(1);
        var running = Worker().RunAsync();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await clock.WaitBegunAsync();
            (await StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
            broker.Acknowledged.ShouldBeEmpty();
            clock.Advance(LongestBackoff);
        }

        await running;
        broker.Acknowledged.ShouldBe([1UL]);
        (await StatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task The_one_command_that_fails_is_found_and_given_up_and_all_others_are_committed_in_order()
    {
        processor.Fail = (batch, _) => batch.Any(delivery => delivery.Delivery.Tag == 6 && delivery.Failure is null) ? new FormatException("bad") : null;
        Admit(8);
        var running = Worker().RunAsync();
        for (var attempt = 1; attempt < FailurePolicy.MaxSingleAttempts; attempt++)
        {
            await clock.WaitBegunAsync();
            clock.Advance(LongestBackoff);
        }

        await running;
        processor.Committed.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        processor.GivenUp.ShouldBe([6]);
        publisher.Published.ShouldBe(1, "the outcomes of all parts go out together");
        broker.Acknowledged.ShouldBe([8UL]);
    }

    [Fact]
    public async Task A_stopping_worker_gives_back_what_it_cannot_commit()
    {
        processor.Fail = (_, _) => new TimeoutException("the database is away");
        Admit(2);
        var running = Worker().RunAsync();
        await clock.WaitBegunAsync();
        await stopping.CancelAsync();
        await running;
        broker.CloseRequests.ShouldBe(1, "the broker delivers them again");
        broker.Acknowledged.ShouldBeEmpty();
        publisher.Published.ShouldBe(0);
    }

    [Fact]
    public async Task A_worker_whose_served_slot_belongs_to_another_ends()
    {
        processor.Fail = (_, _) => new LeaseLostException([7]);
        Admit(1);
        await Worker().RunAsync();
        ended.ShouldHaveSingleItem();
        broker.Acknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_worker_that_loses_its_slot_while_the_database_is_away_recovers_once_it_answers()
    {
        processor.Fail = (_, attempt) => attempt == 1 ? new TimeoutException("the database is away") : new LeaseLostException([7]);
        Admit(1);
        var running = Worker().RunAsync();
        await clock.WaitBegunAsync();
        (await StatusAsync()).ShouldBe(HealthStatus.Unhealthy);
        await broker.ShutDownAsync();
        clock.Advance(LongestBackoff);
        await running;
        (await StatusAsync()).ShouldBe(HealthStatus.Healthy);
        ended.ShouldBeEmpty("it was given back before");
    }

    [Fact]
    public async Task What_lost_its_channel_while_it_waited_is_left_out()
    {
        Admit(2);
        await broker.ShutDownAsync();
        await Worker().RunAsync();
        processor.Committed.ShouldBeEmpty();
        broker.Acknowledged.ShouldBeEmpty();
    }

    /// <summary>Queues so many commands, and no more after them.</summary>
    private void Admit(int count)
    {
        for (var tag = 1; tag <= count; tag++)
        {
            channel.Enter(FakeBroker.Deliver(channel, (ulong)tag));
        }

        dispatcher.Complete();
    }

    private async Task<HealthStatus> StatusAsync() =>
        (await health.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;

    private BatchWorker Worker() => new(
        0,
        dispatcher,
        ParsedCommands.Reader,
        processor,
        publisher,
        new LeaseLostHandler(ended.Add),
        health,
        services.GetRequiredService<CaseWorkerMetrics>(),
        Fake.Of<IHostApplicationLifetime>(("get_ApplicationStopping", _ => stopping.Token)),
        clock,
        NullLogger<BatchWorker>.Instance);

    /// <summary>Commits a batch unless the test says that it fails.</summary>
    private sealed class FakeProcessor : IBatchProcessor
    {
        private int attempts;

        /// <summary>Why a batch fails, by the batch and the number of the attempt; null if it does not.</summary>
        public Func<IReadOnlyList<ParsedDelivery>, int, Exception?> Fail { get; set; } = (_, _) => null;

        public List<int> Committed { get; } = [];

        public List<int> GivenUp { get; } = [];

        public Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch)
        {
            if (Fail(batch, ++attempts) is { } error)
            {
                return Task.FromException<IReadOnlyList<ProcessedDelivery>>(error);
            }

            Committed.AddRange(batch.Select(delivery => (int)delivery.Delivery.Tag));
            GivenUp.AddRange(batch.Where(delivery => delivery.Failure is not null).Select(delivery => (int)delivery.Delivery.Tag));
            return Task.FromResult<IReadOnlyList<ProcessedDelivery>>([.. batch.Select(delivery => new ProcessedDelivery(delivery, Decided: null, Outcome: null, DeadLetter: null))]);
        }
    }

    private sealed class FakePublisher : IOutcomePublisher
    {
        public int Published { get; private set; }

        public Action OnPublish { get; set; } = () => { };

        public Task<bool> PublishAsync(int worker, IReadOnlyList<OutcomeToPublish> outcomes)
        {
            OnPublish();
            Published++;
            return Task.FromResult(true);
        }
    }
}
