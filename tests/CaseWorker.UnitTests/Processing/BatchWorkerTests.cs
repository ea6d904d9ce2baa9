using System.Text;
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
    private readonly SlowActions slowActions;
    private readonly DeferredCases deferredCases;
    private readonly SlotChannel channel;
    private readonly FakeProcessor processor = new();
    private readonly FakePublisher publisher = new();
    private readonly List<string> ended = [];
    private ulong tag;

    public BatchWorkerTests()
    {
        // On the system's clock, so that every wait on the fake clock is the worker's own.
        dispatcher = new BatchDispatcher(10, TimeProvider.System);
        slowActions = new SlowActions(clock);
        deferredCases = new DeferredCases(slowActions, clock);
        channel = new SlotChannel(broker.Context, new SlotLease(7, 1), dispatcher.Admit, TimeProvider.System);
    }

    public void Dispose()
    {
        dispatcher.Dispose();
        deferredCases.Dispose();
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
    public async Task The_one_command_that_fails_is_found_and_deferred_and_given_up_while_all_others_go_on()
    {
        processor.Fail = (batch, _) => batch.Any(delivery => delivery.Delivery.Tag == 6 && delivery.Failure is null) ? new FormatException("bad") : null;
        Admit(8);
        await Worker().RunAsync();
        processor.Committed.ShouldBe([1, 2, 3, 4, 5, 7, 8]);
        broker.Unacknowledged.ShouldBe([6UL]);
        (await DeferredStatusAsync()).ShouldBe(HealthStatus.Degraded);

        var running = Worker().RunDeferredAsync();
        for (var attempt = 2; attempt <= FailurePolicy.MaxSingleAttempts; attempt++)
        {
            await clock.WaitBegunAsync();
            processor.GivenUp.ShouldBeEmpty();
            clock.Advance(LongestBackoff);
        }

        await processor.CommittedAsync(8);
        processor.GivenUp.ShouldBe([6]);
        await EndAsync(running);
        broker.Unacknowledged.ShouldBeEmpty();
        (await DeferredStatusAsync()).ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task Commands_of_a_deferred_case_wait_behind_it_and_keep_their_order()
    {
        var isLocked = true;
        processor.Fail = (batch, _) => isLocked && batch.Any(delivery => delivery.Command!.CaseReference == CaseOf(1)) ? Locked() : null;
        processor.IsLocked = reference => isLocked && reference == CaseOf(1);
        Admit(1, 2, 1, 3);
        var main = Worker().RunAsync();
        await processor.CommittedAsync(2);
        Admit(1, 2);
        dispatcher.Complete();
        await main;
        processor.Committed.ShouldBe([2, 4, 6]);
        broker.Unacknowledged.ShouldBe([1UL, 3UL, 5UL]);

        var running = Worker().RunDeferredAsync();
        await clock.WaitBegunAsync();
        clock.Advance(LongestBackoff);
        await clock.WaitBegunAsync();
        processor.Committed.ShouldBe([2, 4, 6], "it is still locked");
        isLocked = false;
        clock.Advance(LongestBackoff);
        await processor.CommittedAsync(6);
        processor.Committed.ShouldBe([2, 4, 6, 1, 3, 5]);
        await EndAsync(running);
        broker.Unacknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_case_that_stays_locked_is_looked_at_and_given_up_after_its_time()
    {
        processor.Fail = (batch, _) => batch.Any(delivery => delivery.Failure is null) ? Locked() : null;
        processor.IsLocked = _ => true;
        Admit(1);
        await Worker().RunAsync();
        var running = Worker().RunDeferredAsync();
        await clock.WaitBegunAsync();
        clock.Advance(LongestBackoff);
        await clock.WaitBegunAsync();
        processor.Attempts.ShouldBe(1, "a case that is locked is not waited for");
        clock.Advance(FailurePolicy.MaxDeferral);
        await processor.CommittedAsync(1);
        processor.GivenUp.ShouldBe([1]);
        await EndAsync(running);
    }

    [Fact]
    public async Task A_case_whose_action_is_too_slow_leaves_its_batch_and_gets_the_time_of_the_action()
    {
        processor.Fail = (batch, _) => processor.ActionTime is not null && batch.Any(delivery => delivery.Command!.CaseReference == CaseOf(2)) ? new SlowCommandException("slow", CaseOf(2)) : null;
        Admit(1, 2, 3);
        dispatcher.Complete();
        await Worker().RunAsync();
        processor.Committed.ShouldBe([1, 3]);
        var running = Worker().RunDeferredAsync();
        await clock.WaitBegunAsync();
        clock.Advance(LongestBackoff);
        await processor.CommittedAsync(3);
        processor.Committed.ShouldBe([1, 3, 2]);
        await EndAsync(running);
    }

    [Fact]
    public async Task Commands_of_an_action_that_is_known_to_be_slow_are_processed_apart()
    {
        slowActions.Report("case.create", SlowActions.VerySlow);
        Admit(2);
        await Worker().RunAsync();
        processor.Attempts.ShouldBe(0);
        var running = Worker().RunDeferredAsync();
        await processor.CommittedAsync(2);
        await EndAsync(running);
        broker.Unacknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_batch_that_can_be_committed_only_in_part_is_committed_in_parts()
    {
        processor.Limit = 3;
        Admit(8);
        await Worker().RunAsync();
        processor.Committed.ShouldBe([1, 2, 3, 4, 5, 6, 7, 8]);
        publisher.Published.ShouldBe(3);
        broker.Unacknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_error_that_nobody_expects_gives_the_batch_back_and_the_loop_goes_on()
    {
        publisher.OnPublish = () => throw new InvalidOperationException("a mistake");
        Admit(1);
        await Worker().RunAsync();
        broker.CloseRequests.ShouldBe(1);
    }

    [Fact]
    public void Whatever_fails_and_when_each_case_keeps_its_order_and_every_command_is_committed() => Property.Holds(Property.Seeds, seed => RunRandomAsync(seed).GetAwaiter().GetResult(), tries: 50);

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

    /// <summary>Random cases fail for random causes. The clock runs whenever everything waits.</summary>
    private static async Task RunRandomAsync(int seed)
    {
        using var tests = new BatchWorkerTests();
        var random = new Random(seed);
        int[] cases = [.. Enumerable.Range(0, 30).Select(_ => random.Next(1, 6))];
        var failing = Enumerable.Range(1, 5).ToDictionary(CaseOf, _ => random.Next(0, 4));
        tests.processor.Fail = (batch, _) =>
        {
            if (batch.Select(delivery => delivery.Command!.CaseReference).Distinct().Where(reference => failing[reference] > 0).ToList() is not [var sick, ..])
            {
                return null;
            }

            failing[sick]--;
            return (failing[sick] % 3) switch
            {
                0 => new CasesLockedException([sick], new TimeoutException()),
                1 => new ParkingFullException("full", [sick]),
                _ => new InsufficientMemoryException(),
            };
        };
        tests.processor.Limit = random.Next(1, 10);
        var deferred = tests.Worker().RunDeferredAsync();
        var main = tests.Worker().RunAsync();
        tests.Admit(cases);
        tests.dispatcher.Complete();
        await main;
        while (tests.processor.Committed.Count < cases.Length)
        {
            tests.clock.Advance(LongestBackoff);
            await Task.Yield();
        }

        await tests.EndAsync(deferred);
        tests.broker.Unacknowledged.ShouldBeEmpty();
        foreach (var ofCase in tests.processor.Committed.GroupBy(tag => cases[tag - 1]))
        {
            ofCase.ToList().ShouldBe([.. ofCase.Order()], $"case {ofCase.Key}");
        }
    }

    private static CasesLockedException Locked() => new([CaseOf(1)], new TimeoutException());

    /// <summary>A case of slot 7.</summary>
    private static long CaseOf(int number) => 7 + (64 * number);

    /// <summary>Queues so many commands, each of another case, and no more after them.</summary>
    private void Admit(int count)
    {
        Admit([.. Enumerable.Range(1, count)]);
        dispatcher.Complete();
    }

    /// <summary>Queues a command of each of these cases.</summary>
    private void Admit(params ReadOnlySpan<int> cases)
    {
        foreach (var number in cases)
        {
            var body = ParsedCommands.Json(("caseReference", $"\"{CaseOf(number)}\""), ("commandId", $"\"{Guid.NewGuid()}\""));
            broker.Expect(++tag);
            channel.Enter(FakeBroker.Deliver(channel, tag, body: Encoding.UTF8.GetBytes(body)));
        }
    }

    private Task EndAsync(Task running)
    {
        deferredCases.Complete();
        return running;
    }

    private async Task<HealthStatus> DeferredStatusAsync() =>
        (await deferredCases.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;

    private async Task<HealthStatus> StatusAsync() =>
        (await health.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken)).Status;

    private BatchWorker Worker() => new(
        0,
        dispatcher,
        deferredCases,
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
        private readonly Lock gate = new();
        private readonly List<(int Count, TaskCompletionSource Reached)> waiting = [];

        /// <summary>Why a batch fails, by the batch and the number of the attempt; null if it does not.</summary>
        public Func<IReadOnlyList<ParsedDelivery>, int, Exception?> Fail { get; set; } = (_, _) => null;

        /// <summary>Whether another session locks a case.</summary>
        public Func<long, bool> IsLocked { get; set; } = _ => false;

        /// <summary>Commands in one transaction.</summary>
        public int Limit { get; set; } = int.MaxValue;

        public int Attempts { get; private set; }

        /// <summary>The time for an action in the last attempt.</summary>
        public TimeSpan? ActionTime { get; private set; }

        public List<int> Committed { get; } = [];

        public List<int> GivenUp { get; } = [];

        /// <summary>Completes when so many commands are committed.</summary>
        public Task CommittedAsync(int count)
        {
            lock (gate)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Add((count, reached));
                Signal();
                return reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
            }
        }

        public Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch, TimeSpan? actionTime)
        {
            lock (gate)
            {
                ActionTime = actionTime;
                if (Fail(batch, ++Attempts) is { } error)
                {
                    return Task.FromException<IReadOnlyList<ProcessedDelivery>>(error);
                }

                List<ParsedDelivery> part = [.. batch.Take(Limit)];
                Committed.AddRange(part.Select(delivery => (int)delivery.Delivery.Tag));
                GivenUp.AddRange(part.Where(delivery => delivery.Failure is not null).Select(delivery => (int)delivery.Delivery.Tag));
                Signal();
                return Task.FromResult<IReadOnlyList<ProcessedDelivery>>([.. part.Select(delivery => new ProcessedDelivery(delivery, Decided: null, Outcome: null, DeadLetter: null))]);
            }
        }

        public Task<IReadOnlyCollection<long>> FindLockedCasesAsync(IReadOnlyList<ParsedDelivery> batch) =>
            Task.FromResult<IReadOnlyCollection<long>>([.. batch.Select(delivery => delivery.Command!.CaseReference).Distinct().Where(IsLocked)]);

        private void Signal() => waiting.Where(wait => Committed.Count >= wait.Count).ToList().ForEach(wait => wait.Reached.TrySetResult());
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
