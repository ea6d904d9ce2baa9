using CaseWorker.Intake;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace CaseWorker.Tests.Intake;

public sealed class SlotChannelTests
{
    private readonly FakeBroker broker = new();
    private readonly StoppedClock clock = new();
    private readonly List<Delivery> admitted = [];
    private readonly SlotChannel channel;

    public SlotChannelTests() => channel = new SlotChannel(broker.Context, admitted.Add, clock);

    [Fact]
    public void Deliveries_that_come_in_any_order_are_admitted_in_the_order_of_the_queue() => Property.Holds(
        Gen.Choose(1, 60).SelectMany(count => Gen.Shuffle(Enumerable.Range(1, count).Select(tag => (ulong)tag))),
        tags =>
        {
            var order = new List<ulong>();
            var any = new SlotChannel(new FakeBroker().Context, delivery => order.Add(delivery.Tag), clock);
            var came = new HashSet<ulong>();
            foreach (var tag in tags)
            {
                any.Enter(FakeBroker.Deliver(any, tag));
                came.Add(tag);

                // Nothing waits that need not wait.
                var ready = Enumerable.Range(1, tags.Length).TakeWhile(i => came.Contains((ulong)i)).Count();
                order.ShouldBe(Enumerable.Range(1, ready).Select(i => (ulong)i));
            }

            order.Count.ShouldBe(tags.Length);
        });

    [Fact]
    public async Task Deliveries_from_many_threads_are_admitted_in_the_order_of_the_queue()
    {
        var deliveries = Enumerable.Range(1, 2_000).Select(tag => Deliver((ulong)tag)).ToArray();
        await Parallel.ForEachAsync(deliveries, TestContext.Current.CancellationToken, (delivery, _) =>
        {
            channel.Enter(delivery);
            return ValueTask.CompletedTask;
        });
        admitted.ShouldBe(deliveries);
    }

    [Fact]
    public async Task A_channel_that_closes_abandons_what_waits_and_leaves_what_is_in_work()
    {
        var first = Enter(1);
        var third = Enter(3);
        var fourth = Enter(4);
        channel.IsOpen.ShouldBeTrue();

        await broker.ShutDownAsync();
        await third.Finished;
        await fourth.Finished;
        first.Finished.IsCompleted.ShouldBeFalse();
        await channel.Closed;
        channel.IsOpen.ShouldBeFalse();
        admitted.ShouldBe([first]);
    }

    [Fact]
    public async Task A_lost_connection_is_noticed_before_the_client_tells_the_channel()
    {
        var early = Enter(2);
        channel.Observe();
        early.Finished.IsCompleted.ShouldBeFalse();

        broker.IsConnected = false;
        channel.IsOpen.ShouldBeFalse();
        channel.Observe();
        await channel.Closed;
        await early.Finished;
    }

    [Fact]
    public async Task What_comes_on_a_closed_channel_is_abandoned()
    {
        await broker.ShutDownAsync();
        await Enter(1).Finished;
        admitted.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_channel_that_was_closed_before_it_was_seen_is_closed()
    {
        var closed = new FakeBroker { IsOpen = false };
        var late = new SlotChannel(closed.Context, admitted.Add, clock);
        await late.Closed;
        late.IsOpen.ShouldBeFalse();
        var delivery = FakeBroker.Deliver(late, 1);
        late.Enter(delivery);
        await delivery.Finished;
        admitted.ShouldBeEmpty();
    }

    [Fact]
    public void Closing_asks_the_broker_and_waits_for_its_word()
    {
        channel.Close();
        broker.CloseRequests.ShouldBe(1);
        channel.Closed.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public void A_channel_on_which_nothing_waits_is_not_stuck()
    {
        channel.StuckFor.ShouldBeNull();
        Enter(1).Finish();
        clock.Advance(TimeSpan.FromHours(1));
        channel.StuckFor.ShouldBeNull();
    }

    [Fact]
    public void A_channel_is_stuck_for_as_long_as_a_gap_lasts()
    {
        Enter(2);
        channel.StuckFor.ShouldBe(TimeSpan.Zero);
        clock.Advance(TimeSpan.FromSeconds(10));
        Enter(3);
        clock.Advance(TimeSpan.FromSeconds(10));
        channel.StuckFor.ShouldBe(TimeSpan.FromSeconds(20));
        Enter(1);
        channel.StuckFor.ShouldBeNull();
    }

    [Fact]
    public void A_gap_after_an_hour_of_silence_is_new()
    {
        Enter(1).Finish();
        clock.Advance(TimeSpan.FromHours(1));
        Enter(3);
        channel.StuckFor.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_gap_is_not_measured_while_something_is_in_work()
    {
        var first = Enter(1);
        Enter(3);
        clock.Advance(TimeSpan.FromHours(1));
        channel.StuckFor.ShouldBeNull();
        first.Finish();
        channel.StuckFor.ShouldBe(TimeSpan.Zero);
        clock.Advance(TimeSpan.FromSeconds(5));
        channel.StuckFor.ShouldBe(TimeSpan.FromSeconds(5));
    }

    private Delivery Deliver(ulong tag) => FakeBroker.Deliver(channel, tag);

    private Delivery Enter(ulong tag)
    {
        var delivery = Deliver(tag);
        channel.Enter(delivery);
        return delivery;
    }
}
