using CaseWorker.Leases;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.RabbitMq;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Processing;

public sealed class OwnedSlotTests
{
    private readonly FakeBroker broker = new();
    private readonly FakeTimeProvider clock = new();
    private readonly List<Delivery> admitted = [];
    private readonly OwnedSlot held;

    public OwnedSlotTests() => held = new OwnedSlot(new SlotLease(42, 3), admitted.Add, clock);

    [Fact]
    public async Task Giving_back_finishes_what_was_begun_then_closes()
    {
        var channel = held.Open(broker.Context, "case-commands.42");
        channel.Lease.ShouldBe(new SlotLease(42, 3));
        channel.Enter(FakeBroker.Deliver(channel, 1));
        var givenBack = held.GiveBackAsync(TestContext.Current.CancellationToken);
        held.IsServed.ShouldBeFalse();
        broker.CloseRequests.ShouldBe(0);

        await channel.FinishAsync([1]);
        broker.CloseRequests.ShouldBe(0, "the broker has not taken the acknowledgement yet");
        clock.Advance(TimeSpan.FromSeconds(1));
        await broker.ClosedAsync();
        givenBack.IsCompleted.ShouldBeFalse("the broker has not confirmed the close");
        await broker.ShutDownAsync();
        await givenBack;
    }

    [Fact]
    public async Task A_slot_that_is_given_back_gets_no_new_channel()
    {
        await held.GiveBackAsync(TestContext.Current.CancellationToken);
        Should.Throw<OperationCanceledException>(() => held.Open(broker.Context, "case-commands.42"));
    }

    [Fact]
    public void Abandoning_closes_at_once()
    {
        var channel = held.Open(broker.Context, "case-commands.42");
        channel.Enter(FakeBroker.Deliver(channel, 1));
        held.Abandon();
        broker.CloseRequests.ShouldBe(1);
        channel.IsOpen.ShouldBeFalse();
        held.IsServed.ShouldBeFalse();
    }
}
