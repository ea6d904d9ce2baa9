using CaseWorker.Leases;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.RabbitMq;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Processing;

public sealed class BatchDispatcherTests : IDisposable
{
    private const int BatchLimit = 4;

    private readonly FakeTimeProvider clock = new();
    private readonly Dictionary<int, SlotChannel> channels = [];
    private readonly Dictionary<int, ulong> tags = [];
    private readonly BatchDispatcher dispatcher;

    public BatchDispatcherTests() => dispatcher = new BatchDispatcher(BatchLimit, clock);

    public void Dispose() => dispatcher.Dispose();

    [Fact]
    public async Task A_batch_takes_what_is_there_and_waits_for_nothing()
    {
        var first = Admit(slot: 7);
        Taken(await dispatcher.TakeAsync()).ShouldBe([first]);
    }

    [Fact]
    public async Task An_idle_worker_gets_the_first_delivery()
    {
        var worker = dispatcher.TakeAsync();
        worker.IsCompleted.ShouldBeFalse();
        var first = Admit(slot: 7);
        Taken(await worker).ShouldBe([first]);
    }

    [Fact]
    public async Task Workers_get_work_in_the_order_in_which_they_ask()
    {
        var workers = new[] { dispatcher.TakeAsync(), dispatcher.TakeAsync() };
        Admit(slot: 1);
        (await workers[0])!.EndCommitWindow();
        Admit(slot: 2);
        Taken(await workers[1]).Single().Channel.Lease.Slot.ShouldBe(2);
    }

    [Fact]
    public async Task A_batch_keeps_the_order_of_each_slot()
    {
        Delivery[] ofOne = [Admit(slot: 1), Admit(slot: 1)];
        Delivery[] ofTwo = [Admit(slot: 2)];
        ofOne = [.. ofOne, Admit(slot: 1)];
        Taken(await dispatcher.TakeAsync()).ShouldBe([.. ofOne, .. ofTwo]);
    }

    [Fact]
    public async Task A_batch_has_no_more_than_its_limit_and_what_is_left_of_the_slot_waits_for_its_end()
    {
        var all = Enumerable.Range(0, BatchLimit + 2).Select(_ => Admit(slot: 1)).ToList();
        var first = await dispatcher.TakeAsync();
        Taken(first).ShouldBe(all[..BatchLimit]);

        var second = dispatcher.TakeAsync();
        first!.EndCommitWindow();
        second.IsCompleted.ShouldBeFalse("its outcomes are not published yet");
        first.Dispose();
        Taken(await second).ShouldBe(all[BatchLimit..]);
    }

    [Fact]
    public async Task A_batch_of_large_commands_is_bounded_by_their_bytes()
    {
        var all = Enumerable.Range(0, 3).Select(_ => Admit(slot: 1, size: BatchDispatcher.LargestBatch - 1)).ToList();
        using var first = await dispatcher.TakeAsync();
        Taken(first).ShouldBe(all[..2], "the second makes it full");
    }

    [Fact]
    public async Task A_command_as_large_as_a_batch_goes_alone()
    {
        var large = Admit(slot: 1, size: BatchDispatcher.LargestBatch);
        Admit(slot: 2);
        using var first = await dispatcher.TakeAsync();
        Taken(first).ShouldBe([large]);
    }

    [Fact]
    public async Task A_slot_is_in_one_batch_at_a_time_however_much_of_it_comes()
    {
        Admit(slot: 1);
        var first = await dispatcher.TakeAsync();
        first!.EndCommitWindow();
        var second = dispatcher.TakeAsync();
        var waiting = Enumerable.Range(0, BatchLimit).Select(_ => Admit(slot: 1)).ToList();
        second.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromDays(1));
        second.IsCompleted.ShouldBeFalse("no time is long enough to break the order");

        first.Dispose();
        Taken(await second).ShouldBe(waiting);
    }

    [Fact]
    public async Task What_comes_while_a_batch_is_not_committed_shares_the_next_one()
    {
        Admit(slot: 1);
        var first = await dispatcher.TakeAsync();
        var second = dispatcher.TakeAsync();
        Delivery[] meanwhile = [Admit(slot: 2), Admit(slot: 3)];
        second.IsCompleted.ShouldBeFalse();

        first!.EndCommitWindow();
        Taken(await second).ShouldBe(meanwhile);
    }

    [Fact]
    public async Task A_full_batch_waits_for_no_commit()
    {
        Admit(slot: 1);
        await dispatcher.TakeAsync();
        var second = dispatcher.TakeAsync();
        var full = Enumerable.Range(2, BatchLimit).Select(Admit).ToList();
        Taken(await second).ShouldBe(full);
    }

    [Fact]
    public async Task What_belongs_to_a_batch_in_work_does_not_make_another_full()
    {
        Admit(slot: 1);
        var first = await dispatcher.TakeAsync();
        var second = dispatcher.TakeAsync();
        for (var i = 0; i < BatchLimit; i++)
        {
            Admit(slot: 1);
        }

        var neighbour = Admit(slot: 2);
        second.IsCompleted.ShouldBeFalse();
        first!.EndCommitWindow();
        Taken(await second).ShouldBe([neighbour]);
    }

    [Fact]
    public async Task A_batch_that_is_not_committed_in_time_does_not_hold_up_the_others()
    {
        Admit(slot: 1);
        await dispatcher.TakeAsync();
        var neighbour = Admit(slot: 2);
        var second = dispatcher.TakeAsync();
        clock.Advance(BatchDispatcher.MaxCommitWindow - TimeSpan.FromMilliseconds(1));
        second.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Taken(await second).ShouldBe([neighbour]);
    }

    [Fact]
    public async Task The_end_of_an_earlier_commit_window_does_not_end_a_later_one()
    {
        Admit(slot: 1);
        var first = await dispatcher.TakeAsync();
        clock.Advance(BatchDispatcher.MaxCommitWindow);
        Admit(slot: 2);
        await dispatcher.TakeAsync();
        Admit(slot: 3);
        var third = dispatcher.TakeAsync();

        first!.Dispose();
        third.IsCompleted.ShouldBeFalse();
        clock.Advance(BatchDispatcher.MaxCommitWindow);
        (await third).ShouldNotBeNull();
    }

    [Fact]
    public async Task On_shutdown_everything_admitted_is_taken_and_then_the_workers_end()
    {
        Delivery[] all = [.. Enumerable.Range(0, BatchLimit + 1).Select(_ => Admit(slot: 1))];
        dispatcher.Complete();
        var first = await dispatcher.TakeAsync();
        var second = dispatcher.TakeAsync();
        second.IsCompleted.ShouldBeFalse("something is left");
        first!.Dispose();
        Taken(await second).ShouldBe(all[BatchLimit..]);
        (await dispatcher.TakeAsync()).ShouldBeNull();
        (await dispatcher.TakeAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Waiting_workers_end_on_shutdown()
    {
        var workers = new[] { dispatcher.TakeAsync(), dispatcher.TakeAsync() };
        dispatcher.Complete();
        (await Task.WhenAll(workers)).ShouldAllBe(batch => batch == null);
    }

    [Fact]
    public async Task A_slot_with_more_work_goes_behind_the_slots_that_waited_for_it()
    {
        Admit(slot: 1);
        using var first = await dispatcher.TakeAsync();
        var more = Admit(slot: 1);
        var waited = Enumerable.Range(2, BatchLimit).Select(Admit).ToList();

        first!.Dispose();
        Taken(await dispatcher.TakeAsync()).ShouldBe(waited);
        clock.Advance(BatchDispatcher.MaxCommitWindow);
        Taken(await dispatcher.TakeAsync()).ShouldBe([more]);
    }

    [Fact]
    public async Task Every_batch_has_a_commit_window_of_its_own()
    {
        Admit(slot: 1);
        await dispatcher.TakeAsync();
        clock.Advance(BatchDispatcher.MaxCommitWindow - TimeSpan.FromMilliseconds(1));
        foreach (var slot in Enumerable.Range(2, BatchLimit))
        {
            Admit(slot);
        }

        await dispatcher.TakeAsync();
        Admit(slot: 9);
        var third = dispatcher.TakeAsync();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        third.IsCompleted.ShouldBeFalse("the second batch began its window a millisecond ago");
        clock.Advance(BatchDispatcher.MaxCommitWindow);
        (await third).ShouldNotBeNull();
    }

    [Fact]
    public async Task Ending_a_commit_window_twice_is_harmless()
    {
        Admit(slot: 1);
        var first = await dispatcher.TakeAsync();
        first!.EndCommitWindow();
        first.EndCommitWindow();
        var next = Admit(slot: 2);
        Taken(await dispatcher.TakeAsync()).ShouldBe([next]);
        first.Dispose();
    }

    [Fact]
    public void Whatever_is_admitted_each_slot_keeps_its_order_and_nothing_is_lost_or_taken_twice() => Property.Holds(
        Property.Seeds,
        seed =>
        {
            var random = new Random(seed);
            using var tested = new BatchDispatcher(random.Next(1, 6), clock);
            var (admitted, taken, inWork) = (new List<Delivery>(), new List<Delivery>(), new List<BatchDispatcher.Batch>());
            var senders = Enumerable.Range(0, 4).Select(slot => new SlotChannel(new FakeBroker().Context, new SlotLease(slot, 1), tested.Admit, clock)).ToList();
            var sent = new ulong[senders.Count];
            var asking = new List<Task<BatchDispatcher.Batch?>>();
            for (var step = 0; step < 60; step++)
            {
                switch (random.Next(4))
                {
                    case 0 or 1 when admitted.Count < 40:
                        var slot = random.Next(senders.Count);
                        var delivery = FakeBroker.Deliver(senders[slot], ++sent[slot]);
                        admitted.Add(delivery);
                        senders[slot].Enter(delivery);
                        break;
                    case 2 when asking.Count < 3:
                        asking.Add(tested.TakeAsync());
                        break;
                    default:
                        if (inWork.Count > 0)
                        {
                            inWork[random.Next(inWork.Count)].EndCommitWindow();
                        }

                        break;
                }

                Collect();
                if (inWork.Count > 0 && random.Next(3) == 0)
                {
                    inWork[0].Dispose();
                    inWork.RemoveAt(0);
                    Collect();
                }
            }

            tested.Complete();
            while (taken.Count < admitted.Count)
            {
                inWork.ForEach(batch => batch.Dispose());
                inWork.Clear();
                if (asking.Count == 0)
                {
                    asking.Add(tested.TakeAsync());
                }

                Collect();
            }

            foreach (var bySlot in admitted.GroupBy(delivery => delivery.Channel.Lease.Slot))
            {
                taken.Where(delivery => delivery.Channel.Lease.Slot == bySlot.Key).ShouldBe(bySlot);
            }

            void Collect()
            {
                foreach (var done in asking.Where(task => task.IsCompleted).ToList())
                {
                    asking.Remove(done);
                    if (done.Result is { } batch)
                    {
                        inWork.SelectMany(working => working.Deliveries).Select(delivery => delivery.Channel.Lease.Slot)
                            .Intersect(batch.Deliveries.Select(delivery => delivery.Channel.Lease.Slot)).ShouldBeEmpty("a slot is in one batch at a time");
                        inWork.Add(batch);
                        taken.AddRange(batch.Deliveries);
                    }
                }
            }
        });

    private static List<Delivery> Taken(BatchDispatcher.Batch? batch) => batch.ShouldNotBeNull().Deliveries;

    private Delivery Admit(int slot, int size = 2)
    {
        if (!channels.TryGetValue(slot, out var channel))
        {
            channels[slot] = channel = new SlotChannel(new FakeBroker().Context, new SlotLease(slot, 1), dispatcher.Admit, clock);
        }

        var delivery = FakeBroker.Deliver(channel, tags[slot] = tags.GetValueOrDefault(slot) + 1, body: new byte[size]);
        channel.Enter(delivery);
        return delivery;
    }
}
