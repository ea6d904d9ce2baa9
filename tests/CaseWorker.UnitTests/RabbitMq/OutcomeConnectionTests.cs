using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.Client;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class OutcomeConnectionTests
{
    private readonly TimerClock clock = new();
    private readonly FakeClientBroker broker = new();

    [Fact]
    public async Task Batch_workers_share_a_connection_and_have_a_channel_each()
    {
        await using var connection = new OutcomeConnection(broker, clock);
        var first = await connection.ChannelAsync(1);
        (await connection.ChannelAsync(2)).ShouldNotBeSameAs(first);
        (await connection.ChannelAsync(1)).ShouldBeSameAs(first);
        broker.Connections.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_connection_is_replaced_and_its_channels_with_it()
    {
        await using var connection = new OutcomeConnection(broker, clock);
        var first = await connection.ChannelAsync(1);
        await broker.Connections[0].LoseAsync();
        await first.Lost;
        var second = await connection.ChannelAsync(1);
        second.ShouldNotBeSameAs(first);
        second.Lost.IsCompleted.ShouldBeFalse();
        broker.Connections.Count.ShouldBe(2);
        await broker.Connections[0].Disposed;
    }

    [Fact]
    public async Task A_lost_connection_whose_end_is_never_reported_holds_up_no_outcome_for_long()
    {
        await using var connection = new OutcomeConnection(broker, clock);
        await connection.ChannelAsync(1);
        broker.Connections[0].DisposeEnds = false;
        await broker.Connections[0].LoseAsync();
        var next = connection.ChannelAsync(1);
        await clock.WaitBegunAsync();
        next.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromSeconds(10));
        await next;
        broker.Connections.Count.ShouldBe(2);
    }
}
