using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.RabbitMq;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Processing;

public sealed class SlotOwnershipTests
{
    private static readonly WorkerName Self = new("self");
    private static readonly WorkerName Neighbour = new("neighbour");
    private static readonly NpgsqlException DatabaseIsAway = new("the database is away", new IOException());

    private readonly FakeTimeProvider clock = new();
    private readonly FakeLeases leases;
    private readonly FakeEndpoints endpoints;
    private readonly SlotHealth health = new();
    private readonly List<string> ended = [];
    private readonly SlotOwnership ownership;
    private TimeSpan brokerUnavailableFor;

    public SlotOwnershipTests()
    {
        leases = new FakeLeases(clock);
        endpoints = new FakeEndpoints(clock);
        ownership = new SlotOwnership(
            leases,
            endpoints,
            Fake.Of<IBrokerAvailability>(("get_UnavailableFor", _ => brokerUnavailableFor)),
            Self,
            new LeaseLostHandler(ended.Add),
            health,
            clock,
            NullLogger<SlotOwnership>.Instance);
    }

    [Fact]
    public async Task The_only_worker_takes_and_serves_every_slot()
    {
        leases.Workers = [Self];
        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 2, 3]);
        (await HealthAsync()).Description.ShouldBe("4 of 4 slots, 1 worker");
    }

    [Fact]
    public async Task A_slot_that_another_was_quicker_to_take_is_not_served()
    {
        leases.Workers = [Self];
        leases.Refused.Add(2);
        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 3]);
    }

    [Fact]
    public async Task What_it_holds_and_does_not_serve_is_served_again()
    {
        leases.Workers = [Self];
        leases.Owners[1] = Self;
        await RenewAsync();
        endpoints.Started.ShouldContain(leases.LeaseOf(1));
    }

    [Fact]
    public async Task With_a_second_worker_it_hands_over_its_surplus_in_order()
    {
        await ServeAllAsync();
        leases.Workers = [Self, Neighbour];
        await RenewAsync();
        endpoints.Steps.ShouldBe(["begin 2", "begin 3"], "nothing is free before its work is finished");
        leases.GivenBack.ShouldBeEmpty();

        endpoints.Finish(3);
        leases.GivenBack.ShouldBe([3]);
        endpoints.Finish(2);
        leases.GivenBack.ShouldBe([3, 2]);
        endpoints.Served.ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_slot_that_does_not_consume_yet_is_not_handed_over()
    {
        await ServeAllAsync();
        leases.Workers = [Self, Neighbour];
        endpoints.NotConsuming.Add(2);
        await RenewAsync();
        endpoints.Steps.ShouldBe(["begin 3"]);
    }

    [Fact]
    public async Task A_slot_on_its_way_to_another_is_neither_started_nor_handed_over_again()
    {
        await ServeAllAsync();
        leases.Workers = [Self, Neighbour];
        await RenewAsync();
        await RenewAsync();
        endpoints.Steps.ShouldBe(["begin 2", "begin 3"]);
        endpoints.Started.Count.ShouldBe(4);
    }

    [Fact]
    public async Task At_most_eight_slots_are_handed_over_at_the_same_time()
    {
        leases.Count = 32;
        await ServeAllAsync();
        leases.Workers = [Self, Neighbour];
        await RenewAsync();
        await RenewAsync();
        endpoints.Steps.Count.ShouldBe(SlotOwnership.HandOversAtATime);

        endpoints.Finish(16);
        await RenewAsync();
        endpoints.Steps.Count.ShouldBe(SlotOwnership.HandOversAtATime + 1);
    }

    [Fact]
    public async Task A_slot_that_could_not_be_given_back_is_served_again()
    {
        await ServeAllAsync();
        leases.Workers = [Self, Neighbour];
        await RenewAsync();
        leases.Failure = DatabaseIsAway;
        endpoints.Finish(3);

        leases.Failure = null;
        leases.Workers = [Self];
        await RenewAsync();
        await RenewAsync();
        endpoints.Started.Count(lease => lease.Slot == 3).ShouldBe(2);
    }

    [Fact]
    public async Task Without_its_broker_it_stops_asking_for_slots_after_five_seconds_and_hands_all_over()
    {
        await ServeAllAsync();
        brokerUnavailableFor = SlotOwnership.BrokerTime - TimeSpan.FromMilliseconds(1);
        await RenewAsync();
        leases.Serves.ShouldBeTrue();

        brokerUnavailableFor = SlotOwnership.BrokerTime;
        leases.Workers = [Neighbour];
        endpoints.NotConsuming.UnionWith([0, 1, 2, 3]);
        await RenewAsync();
        leases.Serves.ShouldBeFalse();
        endpoints.Steps.ShouldBe(["begin 0", "begin 1", "begin 2", "begin 3"]);
    }

    [Fact]
    public async Task A_served_slot_that_belongs_to_another_ends_the_worker()
    {
        await ServeAllAsync();
        leases.Owners[2] = Neighbour;
        await RenewAsync();
        ended.ShouldHaveSingleItem().ShouldStartWith("Slots 2 ");
    }

    [Fact]
    public async Task A_slot_that_another_held_in_between_ends_the_worker_too()
    {
        await ServeAllAsync();
        leases.Epochs[2]++;
        await RenewAsync();
        ended.ShouldHaveSingleItem().ShouldStartWith("Slots 2 ");
    }

    [Fact]
    public async Task A_database_that_is_away_is_reported_until_a_renewal_succeeds()
    {
        await ServeAllAsync();
        ownership.OnFailure(DatabaseIsAway);
        var blocked = await HealthAsync();
        blocked.Status.ShouldBe(HealthStatus.Unhealthy);
        blocked.Description!.ShouldStartWith("4 of 4 slots, 1 worker; ");
        await RenewAsync();
        (await HealthAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    [Fact]
    public async Task It_stops_consuming_before_its_leases_expire()
    {
        await ServeAllAsync();
        clock.Advance(SlotOwnership.SafeTime);
        ownership.OnFailure(DatabaseIsAway);
        endpoints.Served.Count.ShouldBe(4);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        ownership.OnFailure(DatabaseIsAway);
        endpoints.Served.ShouldBeEmpty();
        SlotOwnership.SafeTime.ShouldBeLessThan(LeaseTable.LeaseTime);

        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 2, 3], "nobody took them meanwhile");
        ended.ShouldBeEmpty();
    }

    [Fact]
    public async Task After_an_outage_it_takes_over_from_others_only_when_their_grace_time_is_over()
    {
        leases.Workers = [Self];
        leases.Owners[0] = Neighbour;
        leases.Expired.Add(0);
        ownership.OnFailure(DatabaseIsAway);
        clock.Advance(SlotOwnership.GraceTime);
        await RenewAsync();
        endpoints.Served.ShouldBe([1, 2, 3]);

        clock.Advance(TimeSpan.FromMilliseconds(1));
        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 2, 3]);
    }

    [Fact]
    public async Task Leaving_finishes_everything_first()
    {
        await ServeAllAsync();
        var leaving = ownership.LeaveAsync(Token);
        leaving.IsCompleted.ShouldBeFalse();
        leases.HasLeft.ShouldBeFalse();
        foreach (var slot in Enumerable.Range(0, 4))
        {
            endpoints.Finish(slot);
        }

        await leaving;
        leases.HasLeft.ShouldBeTrue();
    }

    [Fact]
    public async Task Leaving_does_not_fail_when_the_database_is_away()
    {
        await ServeAllAsync();
        leases.Failure = DatabaseIsAway;
        var leaving = ownership.LeaveAsync(Token);
        foreach (var slot in Enumerable.Range(0, 4))
        {
            endpoints.Finish(slot);
        }

        await leaving;
        leases.HasLeft.ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task After_a_step_of_the_databases_clock_nobody_takes_from_another_until_all_have_renewed(int hours)
    {
        leases.Workers = [Self];
        leases.Owners[3] = Neighbour;
        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 2]);

        leases.Expired.Add(3);
        leases.ClockOffset = TimeSpan.FromHours(hours);
        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 2]);

        clock.Advance(SlotOwnership.GraceTime + TimeSpan.FromSeconds(1));
        await RenewAsync();
        endpoints.Served.ShouldBe([0, 1, 2, 3], "its holder is really gone");
    }

    [Fact]
    public async Task A_worker_waits_for_its_share_unless_there_are_more_workers_than_slots()
    {
        (await HealthAsync()).Status.ShouldBe(HealthStatus.Unhealthy);
        leases.Workers = [Neighbour, Self];
        for (var slot = 0; slot < leases.Count; slot++)
        {
            leases.Owners[slot] = Neighbour;
        }

        await RenewAsync();
        (await HealthAsync()).Status.ShouldBe(HealthStatus.Unhealthy, "the other has not handed over its surplus yet");

        leases.Workers = [Neighbour, new("third"), new("fourth"), new("fifth"), Self];
        await RenewAsync();
        (await HealthAsync()).Status.ShouldBe(HealthStatus.Healthy);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task RenewAsync() => ownership.RenewAsync(Token);

    private async Task ServeAllAsync()
    {
        leases.Workers = [Self];
        await RenewAsync();
        endpoints.Served.Count.ShouldBe(leases.Count);
    }

    private Task<HealthCheckResult> HealthAsync() => health.CheckHealthAsync(new HealthCheckContext(), Token);

    /// <summary>The table in memory.</summary>
    private sealed class FakeLeases(TimeProvider clock) : ISlotLeases
    {
        /// <summary>The database's clock, compared with the worker's.</summary>
        public TimeSpan ClockOffset { get; set; }

        public int Count { get; set; } = 4;

        public IReadOnlyList<WorkerName> Workers { get; set; } = [];

        public Dictionary<int, WorkerName> Owners { get; } = [];

        public Dictionary<int, long> Epochs { get; } = [];

        public HashSet<int> Expired { get; } = [];

        /// <summary>Slots that another worker takes first.</summary>
        public HashSet<int> Refused { get; } = [];

        public List<int> GivenBack { get; } = [];

        public bool Serves { get; private set; }

        public bool HasLeft { get; private set; }

        public Exception? Failure { get; set; }

        public SlotLease LeaseOf(int slot) => new(slot, Epochs.GetValueOrDefault(slot));

        public Task<LeaseSnapshot> RenewAsync(bool serves, IReadOnlyList<(int Slot, TimeSpan Lag)> busy, CancellationToken cancellationToken)
        {
            Serves = serves;
            return Task.FromResult(new LeaseSnapshot(clock.GetUtcNow() + ClockOffset, Workers, [.. Enumerable.Range(0, Count).Select(slot =>
                new SlotView(slot, LeaseOf(slot).Epoch, Owners.GetValueOrDefault(slot), ExpiresAt: null, Expired.Contains(slot)))]));
        }

        public Task<IReadOnlyList<SlotLease>> TakeAsync(IReadOnlyList<SlotView> slots, CancellationToken cancellationToken)
        {
            var taken = slots.Where(slot => !Refused.Contains(slot.Slot)).ToList();
            foreach (var slot in taken)
            {
                Owners[slot.Slot] = Self;
                Epochs[slot.Slot] = slot.Epoch + 1;
                Expired.Remove(slot.Slot);
            }

            return Task.FromResult<IReadOnlyList<SlotLease>>([.. taken.Select(slot => LeaseOf(slot.Slot))]);
        }

        public Task GiveBackAsync(SlotLease lease, CancellationToken cancellationToken)
        {
            if (Failure is null)
            {
                Owners.Remove(lease.Slot);
                GivenBack.Add(lease.Slot);
            }

            return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
        }

        public Task LeaveAsync(CancellationToken cancellationToken)
        {
            HasLeft = Failure is null;
            return Failure is null ? Task.CompletedTask : Task.FromException(Failure);
        }
    }

    /// <summary>Endpoints without a broker. A slot that is given back ends when the test says that its work is finished.</summary>
    private sealed class FakeEndpoints(TimeProvider clock) : ISlotEndpoints
    {
        private readonly SortedDictionary<int, OwnedSlot> served = [];
        private readonly Dictionary<int, TaskCompletionSource> finishing = [];

        public IEnumerable<OwnedSlot> All => [.. served.Values];

        public IReadOnlyList<int> Served => [.. served.Keys];

        public List<SlotLease> Started { get; } = [];

        public List<string> Steps { get; } = [];

        public HashSet<int> NotConsuming { get; } = [];

        public bool Serves(int slot) => served.ContainsKey(slot);

        public bool Consumes(OwnedSlot owned) => !NotConsuming.Contains(owned.Lease.Slot);

        public void Start(SlotLease lease)
        {
            Started.Add(lease);
            served[lease.Slot] = new OwnedSlot(lease, _ => { }, clock);
        }

        public Task ReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task GiveBackAsync(OwnedSlot owned, CancellationToken cancellationToken)
        {
            var slot = owned.Lease.Slot;
            Steps.Add($"begin {slot}");
            finishing[slot] = new TaskCompletionSource();
            await owned.GiveBackAsync(cancellationToken);
            await finishing[slot].Task;
            served.Remove(slot);
        }

        /// <summary>Ends the work of a slot. When it returns, what waited for that has gone on.</summary>
        public void Finish(int slot) => finishing[slot].SetResult();

        public void Abandon(OwnedSlot owned)
        {
            owned.Abandon();
            served.Remove(owned.Lease.Slot);
        }
    }
}
