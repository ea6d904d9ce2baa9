using CaseWorker.FaultHost.InjectedBugs;
using CaseWorker.Histories.Recording;

namespace CaseWorker.FaultTests.InjectedBugs;

/// <summary>
/// One command id in two slots, so in two batch workers at once: the second waits for the lock of the first, which has not committed yet. Both
/// workers get the same schedule.
/// </summary>
public sealed class LookUpRaceTests(Servers servers)
{
    [Fact]
    public async Task Locked_first_and_looked_up_then_the_second_is_refused() => (await RaceAsync(bug: null)).ShouldBeEmpty();

    [Fact]
    public async Task Looked_up_first_and_locked_then_is_caught() =>
        (await RaceAsync("look-up-before-lock")).ShouldContain(violation => violation.Invariant == "I1");

    private async Task<IReadOnlyList<Violation>> RaceAsync(string? bug)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var worker = workspace.Own(await BugHunt.StartAsync(workspace, bug is null ? null : InjectedBug.ByName[bug]));
        var publisher = await workspace.PublisherAsync();
        Planned[] creates = [new(CommandJson.Create(1000), Expected.Accepted(1, 1, changed: true)), new(CommandJson.Create(1001), Expected.Accepted(1, 1, changed: true))];
        await publisher.SendAsync(creates.Select(entry => entry.Command));
        await inbox.WaitAsync(all => all.Count == 2, "both cases");

        var first = new Planned(CommandJson.Note(1000, "first"), Expected.Accepted(2, 1, changed: false));
        var second = new Planned(CommandJson.Merge(1001, new() { ["n"] = -1 }, version: 9, id: CommandJson.IdOf(first.Command)), Expected: null);
        await using (var connection = await workspace.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // Who holds the global head holds every commit.
            await using var hold = new Npgsql.NpgsqlCommand("SELECT nonce FROM global_head FOR UPDATE", connection, transaction);
            await hold.ExecuteNonQueryAsync();
            await publisher.SendAsync(first.Command);
            await workspace.UntilAsync("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')", waiting => waiting > 0);
            await publisher.SendAsync(second.Command);
            await workspace.UntilAsync("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'", waiting => waiting > 0);
        }

        await inbox.WaitAsync(all => all.Count == 4, "both outcomes");
        await worker.StopAsync();
        return Checker.Check(new History
        {
            Publications = [.. creates.Append(first).Append(second).Select(entry => new Publication(CommandJson.IdOf(entry.Command), CommandJson.CaseOf(entry.Command), IsConfirmed: true, entry.Expected))],
            Subscribers = [new Subscriber("inbox", [.. inbox.All.Select(entry => new Delivered(entry.Body))])],
            Tables = await TableReader.ReadAsync(workspace.Database),
        });
    }
}
