using CaseWorker.Intake;
using CaseWorker.Slots;
using FsCheck.Fluent;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace CaseWorker.Tests.Intake;

public sealed class SlotChannelTests
{
    private readonly FakeBroker broker = new();
    private readonly StoppedClock clock = new();
    private readonly List<Delivery> admitted = [];
    private readonly SlotChannel channel;

    public SlotChannelTests() => channel = new SlotChannel(broker.Context, new SlotLease(0, 1), admitted.Add, clock);

    [Fact]
    public void Deliveries_that_come_in_any_order_are_admitted_in_the_order_of_the_queue() => Property.Holds(
        Gen.Choose(1, 60).SelectMany(count => Gen.Shuffle(Enumerable.Range(1, count).Select(tag => (ulong)tag))),
        tags =>
        {
            var order = new List<ulong>();
            var any = new SlotChannel(new FakeBroker().Context, new SlotLease(0, 1), delivery => order.Add(delivery.Tag), clock);
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
        await early.Finished;
        channel.Closed.IsCompleted.ShouldBeFalse();
        await broker.ShutDownAsync();
        await channel.Closed;
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
        var late = new SlotChannel(closed.Context, new SlotLease(0, 1), admitted.Add, clock);
        await late.Closed;
        late.IsOpen.ShouldBeFalse();
        var delivery = FakeBroker.Deliver(late, 1);
        late.Enter(delivery);
        await delivery.Finished;
        admitted.ShouldBeEmpty();
    }

    [Fact]
    public async Task Closing_asks_the_broker_once_and_waits_for_its_word()
    {
        var early = Enter(2);
        channel.Close();
        channel.Close();
        broker.CloseRequests.ShouldBe(1);
        channel.IsOpen.ShouldBeFalse();
        await early.Finished;
        channel.Closed.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_finished_delivery_is_acknowledged_while_its_channel_is_open_and_never_after()
    {
        Enter(1).Finish();
        await channel.AcknowledgeAsync();
        Enter(2).Finish();
        broker.IsConnected = false;
        await channel.AcknowledgeAsync();
        broker.IsConnected = true;
        channel.Close();
        await channel.AcknowledgeAsync();
        broker.Acknowledged.ShouldBe([1ul]);
    }

    [Fact]
    public async Task What_is_finished_together_is_acknowledged_together_and_what_is_not_finished_is_not()
    {
        var (first, second, third) = (Enter(1), Enter(2), Enter(3));
        first.Finish();
        second.Finish();
        await channel.AcknowledgeAsync();
        await channel.AcknowledgeAsync();
        broker.Acknowledged.ShouldBe([2ul]);
        third.Finish();
        await channel.AcknowledgeAsync();
        broker.Acknowledged.ShouldBe([2ul, 3ul]);
    }

    [Fact]
    public async Task Acknowledgements_never_overtake_each_other()
    {
        var (first, second) = (Enter(1), Enter(2));
        broker.OnAcknowledge = () =>
        {
            // The second is finished while the first one's frame is on its way: who waits there sends the next.
            broker.OnAcknowledge = () => { };
            second.Finish();
            channel.AcknowledgeAsync().AsTask().IsCompleted.ShouldBeTrue();
            broker.Acknowledged.ShouldBe([1ul]);
        };
        first.Finish();
        await channel.AcknowledgeAsync();
        broker.Acknowledged.ShouldBe([1ul, 2ul]);
    }

    [Fact]
    public async Task An_acknowledgement_that_meets_the_end_of_the_connection_is_no_error()
    {
        broker.OnAcknowledge = () => throw new AlreadyClosedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "closed"));
        Enter(1).Finish();
        await channel.AcknowledgeAsync();
        await channel.DrainAsync();
    }

    [Fact]
    public async Task A_draining_channel_admits_nothing_more_and_is_drained_when_all_is_acknowledged()
    {
        var first = Enter(1);
        var second = Enter(2);
        var drained = channel.DrainAsync();
        var third = Enter(3);
        admitted.ShouldBe([first, second]);

        first.Finish();
        await channel.AcknowledgeAsync();
        drained.IsCompleted.ShouldBeFalse();
        second.Finish();
        drained.IsCompleted.ShouldBeFalse();
        await channel.AcknowledgeAsync();
        await drained;

        third.Finished.IsCompleted.ShouldBeFalse("its message must not be answered while the channel is open");
        clock.Advance(TimeSpan.FromHours(1));
        channel.StuckFor.ShouldBeNull("it waits for the close");
        channel.Close();
        await third.Finished;
    }

    [Fact]
    public async Task A_channel_without_work_is_drained_at_once() => await channel.DrainAsync();

    [Fact]
    public async Task A_channel_that_is_lost_is_drained_whatever_was_in_work()
    {
        Enter(1);
        var drained = channel.DrainAsync();
        drained.IsCompleted.ShouldBeFalse();
        broker.IsConnected = false;
        channel.Observe();
        await drained;
    }

    [Fact]
    public async Task A_single_message_is_never_given_back_alone()
    {
        var early = Enter(2);
        ChannelContext seen = new SlotChannelContext(broker.Context, channel);
        await seen.BasicNack(1, multiple: false, requeue: true);
        broker.CloseRequests.ShouldBe(1);
        await early.Finished;
    }

    [Fact]
    public async Task A_consumer_is_never_cancelled_but_its_channel_closed()
    {
        ChannelContext seen = new SlotChannelContext(broker.Context, channel);
        await seen.BasicCancel("tag");
        broker.CloseRequests.ShouldBe(1);
        channel.IsOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task A_handler_cannot_wait_for_the_end_of_its_own_channel()
    {
        ChannelContext seen = new SlotChannelContext(broker.Context, channel);
        seen.Channel.IsOpen.ShouldBeTrue();
        await seen.Channel.CloseAsync(TestContext.Current.CancellationToken);
        broker.CloseRequests.ShouldBe(0);
        Enter(1).Finish();
        await seen.BasicAck(1, multiple: false);
        broker.Acknowledged.ShouldBe([1ul]);
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
