using CaseWorker.Leases;
using CaseWorker.RabbitMq;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class SlotChannelTests
{
    private readonly FakeBroker broker = new();
    private readonly FakeTimeProvider clock = new();
    private readonly List<Delivery> admitted = [];
    private readonly SlotChannel channel;

    public SlotChannelTests() => channel = new SlotChannel(broker.Context, new SlotLease(42, 1), admitted.Add, clock);

    [Fact]
    public void Deliveries_are_admitted_as_they_come()
    {
        var deliveries = new[] { Enter(1), Enter(2), Enter(3) };
        admitted.ShouldBe(deliveries);
    }

    [Fact]
    public void Behind_a_delivery_that_is_missing_nothing_is_admitted()
    {
        var first = Enter(1);
        channel.Enter(FakeBroker.Deliver(channel, 3)).ShouldBeFalse();
        broker.CloseRequests.ShouldBe(1, "all of it comes again, in order");
        channel.Enter(FakeBroker.Deliver(channel, 2)).ShouldBeTrue();
        admitted.ShouldBe([first]);
    }

    [Fact]
    public async Task A_channel_that_closes_answers_nothing_any_more()
    {
        Enter(1);
        channel.IsOpen.ShouldBeTrue();

        await broker.ShutDownAsync();
        await channel.Closed;
        channel.IsOpen.ShouldBeFalse();
        await channel.FinishAsync([1]);
        broker.Acknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lost_connection_is_noticed_before_the_client_tells_the_channel()
    {
        Enter(1);
        var drained = channel.DrainAsync();
        channel.Observe();
        drained.IsCompleted.ShouldBeFalse();

        broker.IsConnected = false;
        channel.IsOpen.ShouldBeFalse();
        channel.Observe();
        await drained;
        channel.Closed.IsCompleted.ShouldBeFalse();
        await broker.ShutDownAsync();
        await channel.Closed;
    }

    [Fact]
    public async Task What_comes_on_a_closed_channel_is_not_admitted()
    {
        await broker.ShutDownAsync();
        Enter(1);
        admitted.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_channel_that_was_closed_before_it_was_seen_is_closed()
    {
        var closed = new FakeBroker { IsOpen = false };
        var late = new SlotChannel(closed.Context, new SlotLease(42, 1), admitted.Add, clock);
        await late.Closed;
        late.IsOpen.ShouldBeFalse();
        late.Enter(FakeBroker.Deliver(late, 1));
        admitted.ShouldBeEmpty();
    }

    [Fact]
    public void Closing_asks_the_broker_once_and_waits_for_its_word()
    {
        Enter(1);
        channel.Close();
        channel.Close();
        broker.CloseRequests.ShouldBe(1);
        channel.IsOpen.ShouldBeFalse();
        channel.Closed.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_finished_delivery_is_acknowledged_while_its_channel_is_open_and_never_after()
    {
        Enter(1);
        Enter(2);
        Enter(3);
        await channel.FinishAsync([1]);
        broker.IsConnected = false;
        await channel.FinishAsync([2]);
        broker.IsConnected = true;
        channel.Close();
        await channel.FinishAsync([3]);
        broker.Acknowledged.ShouldBe([1ul]);
    }

    [Fact]
    public async Task What_is_finished_together_is_acknowledged_together()
    {
        Enter(1);
        Enter(2);
        Enter(3);
        await channel.FinishAsync([1, 2]);
        broker.Acknowledged.ShouldBe([2ul]);
        await channel.FinishAsync([3]);
        broker.Acknowledged.ShouldBe([2ul, 3ul]);
    }

    [Fact]
    public async Task What_is_finished_before_an_earlier_one_is_acknowledged_by_itself_and_only_once()
    {
        Enter(1);
        Enter(2);
        Enter(3);
        Enter(4);
        await channel.FinishAsync([2]);
        await channel.FinishAsync([4]);
        broker.Acknowledged.ShouldBe([2ul, 4ul]);
        await channel.FinishAsync([1, 3]);
        broker.Acknowledged.ShouldBe([2ul, 4ul, 3ul], "3 stands for 1 and 3; the broker would not know 4 any more");
        channel.Lag.ShouldBeNull();
    }

    [Fact]
    public async Task A_deferred_delivery_is_not_in_work_and_a_draining_channel_does_not_wait_for_it()
    {
        Enter(1);
        clock.Advance(TimeSpan.FromSeconds(2));
        Enter(2);
        channel.Defer(1);
        channel.Lag.ShouldBe(TimeSpan.Zero);
        var drained = channel.DrainAsync();
        drained.IsCompleted.ShouldBeFalse();
        await channel.FinishAsync([2]);
        await drained;
        await channel.FinishAsync([1]);
        broker.Acknowledged.ShouldBe([2ul, 1ul]);
    }

    [Fact]
    public void Whatever_order_deliveries_are_finished_in_each_is_acknowledged_once() => Property.Holds(Property.Seeds, seed =>
    {
        var random = new Random(seed);
        var (fake, expected) = (new FakeBroker(), Enumerable.Range(1, 20).Select(tag => (ulong)tag).ToList());
        var tested = new SlotChannel(fake.Context, new SlotLease(7, 1), _ => { }, clock);
        var unacknowledged = new SortedSet<ulong>(expected);
        fake.OnAcknowledgement = (tag, multiple) =>
        {
            unacknowledged.ShouldContain(tag, "the broker closes a channel on which an unknown delivery is acknowledged");
            unacknowledged.RemoveWhere(known => known == tag || (multiple && known < tag));
        };
        expected.ForEach(tag => tested.Enter(FakeBroker.Deliver(tested, tag)));
        var left = expected.OrderBy(_ => random.Next()).ToList();
        while (left.Count > 0)
        {
            var part = left.Take(random.Next(1, 5)).ToList();
            left.RemoveRange(0, part.Count);
            part.Sort();
            tested.FinishAsync(part).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
            unacknowledged.ToList().ShouldBe([.. left.Order()], "nothing that is unfinished is acknowledged");
        }
    });

    [Fact]
    public async Task The_lag_is_the_age_of_the_oldest_that_is_not_finished()
    {
        channel.Lag.ShouldBeNull();
        Enter(1);
        clock.Advance(TimeSpan.FromSeconds(2));
        Enter(2);
        clock.Advance(TimeSpan.FromSeconds(3));
        channel.Lag.ShouldBe(TimeSpan.FromSeconds(5));
        await channel.FinishAsync([1]);
        channel.Lag.ShouldBe(TimeSpan.FromSeconds(3));
        await channel.FinishAsync([2]);
        channel.Lag.ShouldBeNull();
        channel.SinceAcknowledgement.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task An_acknowledgement_that_meets_the_end_of_the_connection_is_no_error()
    {
        broker.OnAcknowledge = () => throw new AlreadyClosedException(new ShutdownEventArgs(ShutdownInitiator.Peer, 320, "closed"));
        Enter(1);
        await channel.FinishAsync([1]);
        channel.IsOpen.ShouldBeFalse();
        await channel.DrainAsync();
    }

    [Fact]
    public async Task A_draining_channel_admits_nothing_more_and_is_drained_when_all_is_acknowledged()
    {
        var first = Enter(1);
        var second = Enter(2);
        var drained = channel.DrainAsync();
        Enter(3);
        admitted.ShouldBe([first, second]);

        await channel.FinishAsync([1]);
        drained.IsCompleted.ShouldBeFalse();
        broker.OnAcknowledge = () => drained.IsCompleted.ShouldBeFalse("the acknowledgement is not sent yet");
        await channel.FinishAsync([2]);
        await drained;
        broker.Acknowledged.ShouldBe([1ul, 2ul]);
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
        ChannelContext seen = new SlotChannelContext(broker.Context, channel);
        await seen.BasicNack(1, multiple: false, requeue: true, CancellationToken.None);
        broker.CloseRequests.ShouldBe(1);
        broker.Acknowledged.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_consumer_is_never_cancelled_but_its_channel_closed()
    {
        ChannelContext seen = new SlotChannelContext(broker.Context, channel);
        await seen.BasicCancel("tag", CancellationToken.None);
        broker.CloseRequests.ShouldBe(1);
        channel.IsOpen.ShouldBeFalse();
    }

    [Fact]
    public async Task The_end_of_a_handler_is_not_the_end_of_its_command()
    {
        ChannelContext seen = new SlotChannelContext(broker.Context, channel);
        Enter(1);
        await seen.BasicAck(1, multiple: false, CancellationToken.None);
        broker.Acknowledged.ShouldBeEmpty("its batch worker acknowledges it");
        channel.Lag.ShouldBe(TimeSpan.Zero);
    }

    private Delivery Enter(ulong tag)
    {
        var delivery = FakeBroker.Deliver(channel, tag);
        channel.Enter(delivery).ShouldBeTrue();
        return delivery;
    }
}
