using CaseWorker.Leases;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Leases;

public sealed class SlotBalancerTests
{
    [Theory]
    [InlineData(64, 1, new[] { 64 })]
    [InlineData(64, 3, new[] { 22, 21, 21 })]
    [InlineData(64, 5, new[] { 13, 13, 13, 13, 12 })]
    [InlineData(2, 3, new[] { 1, 1, 0 })]
    public void The_slots_are_divided_and_the_oldest_take_the_remainder(int slots, int workers, int[] shares) =>
        Enumerable.Range(0, workers).Select(rank => SlotBalancer.ShareOf(rank, slots, workers)).ShouldBe(shares);

    [Fact]
    public void Whoever_comes_and_goes_the_slots_end_up_even_and_then_nothing_moves() => Property.Holds(
        Property.Seeds,
        seed =>
        {
            var random = new Random(seed);
            var town = new Town(random.Next(1, 65));
            for (var change = 0; change < 6; change++)
            {
                town.Change(random);
                for (var round = 0; round < 40; round++)
                {
                    town.Move(random);
                }

                if (town.Workers.Count == 0)
                {
                    continue;
                }

                town.Free.ShouldBe(0);
                var shares = town.Workers.Select(town.SharesOf).ToList();
                (shares.Max() - shares.Min()).ShouldBeLessThanOrEqualTo(1);
                town.Move(random).ShouldBe(0, "once even, nothing moves");
            }
        });

    [Fact]
    public void A_newcomer_takes_nothing_that_is_held() =>
        ShouldStay(SlotBalancer.Decide(Name(2), View([Name(1), Name(2)], Slot(0, Name(1)), Slot(1, Name(1))), mayTakeOver: true));

    [Fact]
    public void The_one_above_its_share_gives_back_the_rest()
    {
        var moves = SlotBalancer.Decide(Name(1), View([Name(1), Name(2)], Slot(0, Name(1)), Slot(1, Name(1)), Slot(2, Name(1))), mayTakeOver: true);
        moves.GiveBack.ShouldBe([new SlotLease(2, 7)]);
        moves.Take.ShouldBeEmpty();
    }

    [Fact]
    public void A_worker_that_cannot_serve_gives_everything_back()
    {
        var moves = SlotBalancer.Decide(Name(1), View([Name(2)], Slot(0, Name(1)), Slot(1, Name(2))), mayTakeOver: true);
        moves.GiveBack.ShouldBe([new SlotLease(0, 7)]);
    }

    [Fact]
    public void What_belongs_to_a_dead_worker_is_inherited_but_not_right_after_an_outage()
    {
        var view = View([Name(2)], Slot(0, Name(1)) with { IsExpired = true }, Slot(1, null));
        SlotBalancer.Decide(Name(2), view, mayTakeOver: true).Take.Select(slot => slot.Slot).ShouldBe([0, 1]);
        SlotBalancer.Decide(Name(2), view, mayTakeOver: false).Take.Select(slot => slot.Slot).ShouldBe([1]);
    }

    [Fact]
    public void Its_own_expired_slots_are_not_taken_but_kept() =>
        ShouldStay(SlotBalancer.Decide(Name(1), View([Name(1)], Slot(0, Name(1)) with { IsExpired = true }), mayTakeOver: true));

    [Fact]
    public void Newcomers_reach_for_different_slots()
    {
        var view = View([Name(1), Name(2)], [.. Enumerable.Range(0, 8).Select(slot => Slot(slot, null))]);
        var first = SlotBalancer.Decide(Name(1), view, mayTakeOver: true).Take;
        var second = SlotBalancer.Decide(Name(2), view, mayTakeOver: true).Take;
        first.Intersect(second).ShouldBeEmpty();
    }

    private static void ShouldStay(SlotMoves moves)
    {
        moves.GiveBack.ShouldBeEmpty();
        moves.Take.ShouldBeEmpty();
    }

    private static WorkerName Name(int number) => new($"worker {number}");

    private static SlotView Slot(int slot, WorkerName? owner) => new(slot, 7, owner, null, IsExpired: false);

    private static LeaseSnapshot View(IReadOnlyList<WorkerName> workers, params SlotView[] slots) => new(DateTimeOffset.UnixEpoch, workers, slots);

    /// <summary>Workers that decide one after the other, in any order, each on the view of that moment.</summary>
    private sealed class Town(int slotCount)
    {
        private readonly WorkerName?[] owners = new WorkerName?[slotCount];
        private int born;

        public List<WorkerName> Workers { get; } = [];

        public int Free => owners.Count(owner => owner is null || !Workers.Contains(owner));

        public int SharesOf(WorkerName worker) => owners.Count(owner => owner == worker);

        public void Change(Random random)
        {
            if (Workers.Count > 0 && random.Next(2) == 0)
            {
                Workers.RemoveAt(random.Next(Workers.Count));
            }

            for (var i = random.Next(3); i > 0; i--)
            {
                Workers.Add(Name(++born));
            }
        }

        /// <returns>How many slots changed hands.</returns>
        public int Move(Random random)
        {
            var moved = 0;
            foreach (var worker in Workers.OrderBy(_ => random.Next()).ToList())
            {
                var slots = owners.Select((owner, slot) => new SlotView(slot, 1, owner, null, owner is not null && !Workers.Contains(owner)));
                var moves = SlotBalancer.Decide(worker, new LeaseSnapshot(DateTimeOffset.UnixEpoch, Workers, [.. slots]), mayTakeOver: true);
                foreach (var lease in moves.GiveBack)
                {
                    owners[lease.Slot].ShouldBe(worker, "it gives back its own");
                    owners[lease.Slot] = null;
                    moved++;
                }

                foreach (var slot in moves.Take)
                {
                    (owners[slot.Slot] is not { } owner || !Workers.Contains(owner)).ShouldBeTrue("it takes what is free");
                    owners[slot.Slot] = worker;
                    moved++;
                }
            }

            return moved;
        }
    }
}
