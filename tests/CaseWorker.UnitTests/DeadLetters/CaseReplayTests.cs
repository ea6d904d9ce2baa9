using CaseWorker.DeadLetters;
using Npgsql;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.DeadLetters;

/// <summary>How a job goes through one case.</summary>
public sealed class CaseReplayTests
{
    private static readonly AppliedDeadLetter Applied = new(1, null!);

    private readonly List<string> log = [];

    [Fact]
    public async Task Steps_are_applied_and_published_in_turn_until_nothing_is_left()
    {
        (await Replay(cancelledAfter: null, "50", "20", "0").RunAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        log.ShouldBe(["step 50", "publish 50", "step 50", "publish 20", "step 50"]);
    }

    [Fact]
    public async Task After_a_failure_the_commands_are_applied_one_by_one_and_the_one_that_fails_every_time_stops_the_case()
    {
        (await Replay(cancelledAfter: null, "fails", "1", "fails", "fails", "fails").RunAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        log.ShouldBe(["step 50", "step 1", "publish 1", "step 1", "step 1", "step 1", "fail"]);
    }

    [Fact]
    public async Task A_failure_that_passes_does_not_stop_the_case()
    {
        (await Replay(cancelledAfter: null, "fails", "fails", "1", "0").RunAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();

        log.ShouldBe(["step 50", "step 1", "step 1", "publish 1", "step 1"]);
    }

    [Fact]
    public async Task A_cancelled_job_stops_between_two_steps()
    {
        (await Replay(cancelledAfter: 1, "50", "50").RunAsync(TestContext.Current.CancellationToken)).ShouldBeFalse();

        log.ShouldBe(["step 50", "publish 50"]);
    }

    [Fact]
    public async Task A_database_that_is_away_is_nobodys_failure()
    {
        await Should.ThrowAsync<NpgsqlException>(() => Replay(cancelledAfter: null, "50", "away").RunAsync(TestContext.Current.CancellationToken));

        log.ShouldBe(["step 50", "publish 50", "step 50"]);
    }

    [Fact]
    public async Task A_worker_that_stops_begins_no_step()
    {
        await Should.ThrowAsync<OperationCanceledException>(() => Replay(cancelledAfter: null, "50").RunAsync(new CancellationToken(canceled: true)));

        log.ShouldBeEmpty();
    }

    /// <param name="cancelledAfter">How many steps there are before an operator cancels the job.</param>
    /// <param name="results">What each step gives: a number of dead letters, or a failure.</param>
    private CaseReplay Replay(int? cancelledAfter, params string[] results)
    {
        var rest = new Queue<string>(results);
        return new CaseReplay(
            () => Task.FromResult(results.Length - rest.Count == cancelledAfter),
            limit =>
            {
                log.Add($"step {limit}");
                return rest.Dequeue() switch
                {
                    "fails" => throw new InvalidOperationException("no"),
                    "away" => throw new NpgsqlException("away", new TimeoutException()),
                    var count => Task.FromResult<IReadOnlyList<AppliedDeadLetter>>([.. Enumerable.Repeat(Applied, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture))]),
                };
            },
            applied =>
            {
                log.Add($"publish {applied.Count}");
                return Task.CompletedTask;
            },
            _ =>
            {
                log.Add("fail");
                return Task.CompletedTask;
            });
    }
}
