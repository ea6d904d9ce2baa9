using CaseWorker.CommandLine.DeadLetters;
using CaseWorker.Persistence;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.CommandLine;

/// <summary>What <c>--wait</c> makes of a job.</summary>
public sealed class JobFollowerTests
{
    private static readonly OperatorJob Job = new(Guid.Empty, "replay", "running", "ann", "the table is repaired", 3, 0, 0, null, DateTimeOffset.UnixEpoch, null);

    [Theory]
    [InlineData("finished", 3, 0, 0)]
    [InlineData("finished", 5, 0, 0)]
    [InlineData("finished", 2, 0, 1)]
    [InlineData("finished", 2, 1, 1)]
    [InlineData("cancelled", 3, 0, 1)]
    public void The_exit_code_says_whether_everything_was_replayed(string state, long done, long failed, int code) =>
        JobFollower.CodeOf(Job with { State = state, Done = done, Failed = failed, FinishedAt = DateTimeOffset.UnixEpoch }).ShouldBe(code);

    [Fact]
    public async Task A_job_is_read_again_with_each_tick_until_it_has_ended()
    {
        var (clock, reads) = (new TimerClock(), 0);
        using var read = new SemaphoreSlim(0);
        var following = JobFollower.WatchAsync(
            () =>
            {
                read.Release();
                return Task.FromResult(++reads < 4 ? Job with { Done = reads } : Job with { Done = 3, State = "finished", FinishedAt = DateTimeOffset.UnixEpoch });
            },
            clock,
            TestContext.Current.CancellationToken);
        for (var tick = 1; tick <= 4; tick++)
        {
            (await read.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken)).ShouldBeTrue();
            clock.Advance(TimeSpan.FromMilliseconds(200));
        }

        (await following).Done.ShouldBe(3);
        reads.ShouldBe(4);
    }
}
