using CaseWorker.FaultHost.InjectedBugs;

namespace CaseWorker.FaultTests.InjectedBugs;

/// <summary>The checker can fail: each bug, injected into the whole running system, is caught by the check that it concerns.</summary>
public sealed class InjectedBugTests(Servers servers)
{
    [Fact]
    public async Task The_worker_as_it_ships_passes() => (await BugHunt.RunAsync(servers)).ShouldBeEmpty();

    [Theory]
    [InlineData("look-up-missing", "I1")]
    [InlineData("fingerprint-ignored", "I1")]
    [InlineData("proposal-ignored", "I1")]
    [InlineData("batch-reversed", "I4")]
    [InlineData("order-broken-by-one", "I4")]
    [InlineData("transient-dead-lettered", "I1")]
    [InlineData("conflict-not-published", "I5")]
    public async Task A_bug_in_the_worker_is_caught(string bug, string invariant)
    {
        // Where the database itself would stop the bug, that is taken away: the checker is on trial, not the constraints.
        var sql = bug is "look-up-missing" ? SqlBugs.Without("case_events", "case_events_command_id_key") + SqlBugs.Without("command_refusals", "command_refusals_pkey") : null;
        var violations = await BugHunt.RunAsync(servers, InjectedBug.ByName[bug], sql);
        violations.ShouldContain(violation => violation.Invariant == invariant, string.Join('\n', violations.Take(5)));
    }

    [Theory]
    [InlineData("note doubled", "I1")]
    [InlineData("nonce skipped", "I2")]
    [InlineData("version bumped by a note", "I2")]
    [InlineData("version not bumped by a change", "I2")]
    [InlineData("version bumped by an unchanged write", "I2")]
    [InlineData("global number skipped", "I2")]
    [InlineData("blob is not what the log says", "I6")]
    [InlineData("refusal not recorded", "I5")]
    public async Task A_bug_in_what_is_written_is_caught(string bug, string invariant)
    {
        var violations = await BugHunt.RunAsync(servers, sql: SqlBugs.ByName[bug]);
        violations.ShouldContain(violation => violation.Invariant == invariant, string.Join('\n', violations.Take(5)));
    }
}
