using CaseWorker.Intake;
using CaseWorker.Slots;
using CaseWorker.Tests.Intake;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace CaseWorker.Tests.Slots;

public sealed class HeldSlotTests
{
    private readonly FakeBroker broker = new();
    private readonly StoppedClock clock = new();
    private readonly List<Delivery> admitted = [];
    private readonly HeldSlot held;

    public HeldSlotTests() => held = new HeldSlot(new SlotLease(42, 3), admitted.Add, clock, NullLogger.Instance);

    [Fact]
    public async Task Giving_back_finishes_what_was_begun_then_closes()
    {
        var channel = held.Open(broker.Context);
        channel.Lease.ShouldBe(new SlotLease(42, 3));
        var delivery = FakeBroker.Deliver(channel, 1);
        channel.Enter(delivery);
        var givenBack = held.GiveBackAsync(TestContext.Current.CancellationToken);
        held.IsServed.ShouldBeFalse();
        broker.CloseRequests.ShouldBe(0);

        delivery.Finish();
        await channel.AcknowledgeAsync();
        await broker.ClosedAsync();
        givenBack.IsCompleted.ShouldBeFalse("the broker has not confirmed the close");
        await broker.ShutDownAsync();
        await givenBack;
    }

    [Fact]
    public async Task A_slot_that_is_given_back_gets_no_new_channel()
    {
        await held.GiveBackAsync(TestContext.Current.CancellationToken);
        Should.Throw<OperationCanceledException>(() => held.Open(broker.Context));
    }

    [Fact]
    public void Abandoning_closes_at_once()
    {
        var channel = held.Open(broker.Context);
        channel.Enter(FakeBroker.Deliver(channel, 1));
        held.Abandon();
        broker.CloseRequests.ShouldBe(1);
        channel.IsOpen.ShouldBeFalse();
        held.IsServed.ShouldBeFalse();
    }

    [Fact]
    public void A_gap_that_nothing_fills_closes_the_channel_and_the_slot_goes_on()
    {
        var channel = held.Open(broker.Context);
        channel.Enter(FakeBroker.Deliver(channel, 2));
        clock.Advance(TimeSpan.FromSeconds(30));
        held.Watch();
        broker.CloseRequests.ShouldBe(0);
        clock.Advance(TimeSpan.FromSeconds(1));
        held.Watch();
        broker.CloseRequests.ShouldBe(1);
        held.IsServed.ShouldBeTrue();
        held.Open(new FakeBroker().Context).IsOpen.ShouldBeTrue();
    }
}
