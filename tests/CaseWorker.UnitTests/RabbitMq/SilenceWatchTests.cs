using CaseWorker.RabbitMq;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

public sealed class SilenceWatchTests : IDisposable
{
    private readonly FakeTimeProvider clock = new();
    private readonly SilenceWatch watch;
    private int closed;

    public SilenceWatchTests() => watch = new SilenceWatch(clock, () => closed++);

    public void Dispose() => watch.Dispose();

    [Fact]
    public void The_first_bytes_are_awaited_for_ten_seconds()
    {
        watch.ReadBegins();
        Pass(10);
        closed.ShouldBe(0);
        Pass(1);
        closed.ShouldBe(1);
        watch.Expired.ShouldBe("The peer has sent nothing for 10 s.");
    }

    [Fact]
    public void Later_bytes_are_awaited_for_longer_than_two_heartbeats()
    {
        watch.ReadBegins();
        watch.ReadEnds();
        watch.ReadBegins();
        Pass(22);
        closed.ShouldBe(0);
        Pass(1);
        closed.ShouldBe(1);
        watch.Expired.ShouldBe("The peer has sent nothing for 22 s.");
    }

    [Fact]
    public void Each_read_that_gets_something_begins_anew()
    {
        for (var heartbeat = 0; heartbeat < 100; heartbeat++)
        {
            watch.ReadBegins();
            Pass(9);
            watch.ReadEnds();
        }

        closed.ShouldBe(0);
    }

    [Fact]
    public void Nothing_is_expected_of_the_peer_while_nobody_reads()
    {
        watch.ReadBegins();
        watch.ReadEnds();
        Pass(1000);
        closed.ShouldBe(0);
    }

    [Fact]
    public void A_write_that_is_not_taken_closes_the_connection_although_the_peer_sends()
    {
        watch.WriteBegins();
        for (var second = 0; second < 30 && closed == 0; second++)
        {
            watch.ReadBegins();
            Pass(1);
            watch.ReadEnds();
        }

        closed.ShouldBe(1);
        watch.Expired.ShouldBe("The peer has taken nothing for 22 s.");
    }

    [Fact]
    public void A_write_that_was_taken_is_not_watched_any_more()
    {
        watch.WriteBegins();
        watch.WriteEnds();
        Pass(1000);
        closed.ShouldBe(0);
    }

    [Fact]
    public void After_its_end_it_closes_nothing()
    {
        watch.ReadBegins();
        watch.Dispose();
        Pass(1000);
        closed.ShouldBe(0);
    }

    private void Pass(int seconds) => clock.Advance(TimeSpan.FromSeconds(seconds));
}
