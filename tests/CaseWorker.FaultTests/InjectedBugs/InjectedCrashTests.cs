using CaseWorker.FaultHost.InjectedBugs;
using CaseWorker.Histories.Recording;

namespace CaseWorker.FaultTests.InjectedBugs;

/// <summary>Bugs that only a crash brings to light: the first worker dies at a chosen point, and a second one works on.</summary>
public sealed class InjectedCrashTests(Servers servers)
{
    [Fact]
    public async Task An_outcome_published_before_its_commit_is_caught() =>
        (await RunAsync("before-commit", ["published-before-commit"])).ShouldContain(violation => violation.Invariant == "I7");

    [Fact]
    public async Task A_command_acknowledged_before_its_commit_is_caught() =>
        (await RunAsync("before-commit", ["acknowledged-before-commit"])).ShouldContain(violation => violation.Invariant == "I1");

    [Fact]
    public async Task An_outcome_that_is_not_published_again_after_a_crash_is_caught() =>
        (await RunAsync("after-commit", [], "repeat-not-published")).ShouldContain(violation => violation.Invariant == "I5");

    /// <param name="point">Where the first worker dies, at the third time.</param>
    /// <param name="first">Its bug.</param>
    /// <param name="second">The bug of the one that follows it.</param>
    private async Task<IReadOnlyList<Violation>> RunAsync(string point, string[] first, string? second = null)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        await using var recorder = await Recorder.OpenAsync(workspace, BugHunt.Load(seed: 4));
        await BugHunt.QueueAsync(recorder);
        await using (var doomed = WorkerProcess.Faulty(workspace, BugHunt.BatchLimit, point, 3, first))
        {
            (await doomed.ExitAsync()).ShouldBe(137, doomed.Output);
        }

        // What it had told the subscribers they look up now, before anybody makes it true.
        await recorder.CatchUpAsync();
        await BugHunt.WorkAsync(workspace, recorder, second is null ? null : InjectedBug.ByName[second]);
        return Checker.Check(await recorder.CompleteAsync());
    }
}
