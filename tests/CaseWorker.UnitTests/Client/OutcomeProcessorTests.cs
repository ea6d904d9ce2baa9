using System.Text.Json;
using CaseWorker.Client;
using CaseWorker.Client.Handling;
using CaseWorker.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Client;

public sealed class OutcomeProcessorTests
{
    private readonly InstantTime time = new();
    private readonly List<string> handled = [];
    private readonly Queue<Exception> failures = new();
    private readonly OutcomeHealth health = new();
    private readonly Feed feed = new();
    private readonly OutcomeHandlerOptions options = new() { Queue = "invoices" };

    public OutcomeProcessorTests() => options.UsePositionsInMemory();

    [Fact]
    public async Task Repeats_are_dropped_and_a_gap_is_filled_in_order()
    {
        await using var provider = Services();
        var processor = ProcessorOf(provider);

        await ProcessAsync(processor, Accepted(1), Accepted(2), Accepted(1), Accepted(5), Accepted(3), Accepted(4), Accepted(6), Accepted(5));

        handled.ShouldBe(["42/1", "42/2", "42/3 filled", "42/4 filled", "42/5", "42/6"]);
        feed.Asked.ShouldBe(["42 after 2 limit 2"]);
    }

    [Fact]
    public async Task A_case_that_is_new_begins_with_its_first_event_or_where_it_is_seen()
    {
        await using var provider = Services();
        await ProcessAsync(ProcessorOf(provider), Accepted(3), Accepted(4));
        handled.ShouldBe(["42/1 filled", "42/2 filled", "42/3", "42/4"]);

        handled.Clear();
        options.Start = OutcomeStart.FirstSeen;
        options.UsePositionsInMemory();
        await ProcessAsync(ProcessorOf(provider), Accepted(3), Accepted(2), Accepted(5));
        handled.ShouldBe(["42/3", "42/4 filled", "42/5"]);
    }

    [Fact]
    public async Task A_gap_may_be_longer_than_a_page()
    {
        await using var provider = Services();

        await ProcessAsync(ProcessorOf(provider), Accepted(1203));

        handled.Count.ShouldBe(1203);
        handled[^2].ShouldBe("42/1202 filled");
        feed.Asked.ShouldBe(["42 after 0 limit 500", "42 after 500 limit 500", "42 after 1000 limit 202"]);
    }

    [Fact]
    public async Task Refusals_are_handled_once_by_their_id_and_notices_only_where_they_are_wanted()
    {
        await using var provider = Services();
        var processor = ProcessorOf(provider);
        var refusal = Rejected();
        var notice = Parked();

        await ProcessAsync(processor, refusal, notice, Rejected(), refusal);
        handled.ShouldBe(["rejected", "rejected"]);

        options.Kinds = OutcomeKinds.Parked;
        await ProcessAsync(processor, notice, refusal, Accepted(1), notice);
        handled.ShouldBe(["rejected", "rejected", "parked"]);
    }

    [Fact]
    public async Task Ids_are_forgotten_after_their_age_and_positions_never()
    {
        await using var provider = Services();
        var processor = ProcessorOf(provider);
        var refusal = Rejected();
        await ProcessAsync(processor, refusal, Accepted(1));

        time.Advance(TimeSpan.FromDays(29));
        await ProcessAsync(processor, Rejected(), refusal, Accepted(1));
        handled.Count.ShouldBe(3);

        time.Advance(TimeSpan.FromDays(2));
        await ProcessAsync(processor, Rejected(), refusal, Accepted(1));
        handled.Count.ShouldBe(5, "kept too long to be known");
    }

    [Fact]
    public async Task A_handler_that_throws_is_called_again_with_longer_pauses_and_health_says_what_waits()
    {
        await using var provider = Services();
        for (var i = 0; i < 20; i++)
        {
            failures.Enqueue(new InvalidOperationException("no paper"));
        }

        var told = new List<string?>();
        options.UsePositions(_ => new Told(new PositionsInMemory(), async () => told.Add((await CheckAsync()).Description)));
        await ProcessAsync(ProcessorOf(provider), Accepted(1));

        handled.ShouldBe(["42/1"]);
        time.Pauses.Count.ShouldBe(20);
        time.Pauses.ShouldAllBe(pause => pause <= options.MaxRetryDelay);
        told[^1].ShouldNotBeNull().ShouldContain("of case 42 was not handled (no paper; attempts so far: 20); what comes after it waits.");
        health.Connected();
        (await CheckAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task An_API_that_does_not_have_what_is_missing_is_asked_again()
    {
        await using var provider = Services();
        var times = 0;
        feed.OnAsk = () => feed.IsBehind = times++ < 3;

        await ProcessAsync(ProcessorOf(provider), Accepted(2));

        handled.ShouldBe(["42/1 filled", "42/2"]);
        time.Pauses.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Where_another_instance_was_faster_it_goes_on_from_there()
    {
        await using var provider = Services();
        var positions = new PositionsInMemory();
        var isFirst = true;
        options.UsePositions(_ => new Told(positions, async () =>
        {
            if (isFirst)
            {
                isFirst = false;
                await positions.AdvanceAsync(new CaseStep("invoices", 42, null, 1), _ => Task.CompletedTask, CancellationToken.None);
                await positions.AdvanceAsync(new CaseStep("invoices", 42, 1, 2), _ => Task.CompletedTask, CancellationToken.None);
            }
        }, isAfterTheLook: true));

        await ProcessAsync(ProcessorOf(provider), Accepted(3));

        handled.ShouldBe(["42/3"], "1 and 2 are the other one's");
    }

    [Fact]
    public async Task A_stop_ends_the_trying()
    {
        await using var provider = Services();
        using var stop = new CancellationTokenSource();
        failures.Enqueue(new InvalidOperationException("no paper"));
        options.UsePositions(_ => new Told(new PositionsInMemory(), stop.CancelAsync));

        await Should.ThrowAsync<Exception>(ProcessorOf(provider).ProcessAsync(Accepted(1), stop.Token, CancellationToken.None));

        handled.ShouldBeEmpty();
    }

    private async Task<HealthCheckResult> CheckAsync() =>
        await health.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("outcomes", health, HealthStatus.Degraded, tags: null) });

    private static async Task ProcessAsync(OutcomeProcessor processor, params CaseOutcome[] outcomes)
    {
        foreach (var outcome in outcomes)
        {
            await processor.ProcessAsync(outcome, CancellationToken.None, CancellationToken.None);
        }
    }

    private OutcomeProcessor ProcessorOf(ServiceProvider provider) =>
        new(options, typeof(Recorder), health, provider.GetRequiredService<IServiceScopeFactory>(), feed, time, NullLogger<OutcomeProcessor>.Instance);

    private ServiceProvider Services() => new ServiceCollection().AddScoped(_ => new Recorder(handled, failures)).BuildServiceProvider();

    private static CaseAccepted Accepted(long nonce) => new()
    {
        OutcomeId = new Guid((int)nonce, 0, 0, new byte[8]),
        CommandId = Guid.NewGuid(),
        CaseReference = 42,
        Status = 200,
        RecordedAt = DateTimeOffset.UnixEpoch,
        Nonce = nonce,
        GlobalNonce = nonce,
        Version = 1,
        Changed = false,
    };

    private static CaseRejected Rejected() => new()
    {
        OutcomeId = Guid.NewGuid(),
        CommandId = Guid.NewGuid(),
        CaseReference = 42,
        Status = 400,
        RecordedAt = DateTimeOffset.UnixEpoch,
        Reason = "invalid",
        Errors = [],
    };

    private static CaseParked Parked() => new()
    {
        OutcomeId = Guid.NewGuid(),
        CommandId = Guid.NewGuid(),
        CaseReference = 42,
        Status = 202,
        RecordedAt = DateTimeOffset.UnixEpoch,
        Reason = "broken",
        DeadLetterId = 1,
        HeadCommandId = Guid.NewGuid(),
        Position = 1,
    };

    private sealed class Recorder(List<string> handled, Queue<Exception> failures) : IOutcomeHandler
    {
        public Task HandleAsync(CaseOutcome outcome, OutcomeContext context, CancellationToken cancellationToken)
        {
            if (failures.TryDequeue(out var failure))
            {
                throw failure;
            }

            handled.Add(outcome is CaseAccepted accepted ? FormattableString.Invariant($"{accepted.CaseReference}/{accepted.Nonce}{(context.IsBackfilled ? " filled" : "")}") : outcome.Outcome);
            return Task.CompletedTask;
        }
    }

    /// <summary>The worker's log of one case, without an end.</summary>
    private sealed class Feed : ICaseReader
    {
        public List<string> Asked { get; } = [];

        public bool IsBehind { get; set; }

        public Action? OnAsk { get; set; }

        public Task<CaseSnapshot?> FindAsync(long caseReference, CancellationToken cancellationToken) => throw new NotSupportedException("A handler reads no case.");

        public Task<IReadOnlyList<FeedEvent>> EventsAsync(long caseReference, long afterNonce, int limit, CancellationToken cancellationToken)
        {
            Asked.Add(FormattableString.Invariant($"{caseReference} after {afterNonce} limit {limit}"));
            OnAsk?.Invoke();
            return Task.FromResult<IReadOnlyList<FeedEvent>>(IsBehind ? [] : [.. Enumerable.Range(1, limit).Select(n => Event(caseReference, afterNonce + n))]);
        }

        private static FeedEvent Event(long caseReference, long nonce) => new()
        {
            GlobalNonce = nonce,
            CaseReference = caseReference,
            Nonce = nonce,
            Version = 1,
            Changed = false,
            Action = CaseActions.NoteAdd,
            CommandId = Guid.NewGuid(),
            OutcomeId = Guid.NewGuid(),
            RecordedAt = DateTimeOffset.UnixEpoch,
            Body = JsonElement.Parse("{}"),
        };
    }

    /// <summary>Positions that let something happen at each look at them.</summary>
    private sealed class Told(IOutcomePositions positions, Func<Task> happen, bool isAfterTheLook = false) : IOutcomePositions
    {
        public async Task<long?> LastNonceAsync(string subscriber, long caseReference, CancellationToken cancellationToken)
        {
            var last = await positions.LastNonceAsync(subscriber, caseReference, cancellationToken);
            if (isAfterTheLook)
            {
                await happen();
            }

            return last;
        }

        public async Task<bool> AdvanceAsync(CaseStep step, Func<CancellationToken, Task> handle, CancellationToken cancellationToken)
        {
            try
            {
                return await positions.AdvanceAsync(step, handle, cancellationToken);
            }
            finally
            {
                if (!isAfterTheLook)
                {
                    await happen();
                }
            }
        }

        public Task<bool> HandleOnceAsync(OutcomeMark mark, Func<CancellationToken, Task> handle, CancellationToken cancellationToken) =>
            positions.HandleOnceAsync(mark, handle, cancellationToken);

        public Task ForgetAsync(string subscriber, DateTimeOffset before, CancellationToken cancellationToken) => positions.ForgetAsync(subscriber, before, cancellationToken);
    }
}
