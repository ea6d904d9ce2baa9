using System.Text.Json.Nodes;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.TestSupport;

/// <summary>A database that refuses certain notes every time, until it is repaired; and an operator at work in it.</summary>
internal static class Poison
{
    public const string Text = "poison";

    public static readonly OperatorAction OperatorAction = new("ann", "the database is repaired");

    public static Task AddAsync(Workspace workspace) => OwnAsync(workspace, $"ALTER TABLE case_notes ADD CONSTRAINT no_poison CHECK (body <> '{Text}')");

    public static Task RemoveAsync(Workspace workspace) => OwnAsync(workspace, "ALTER TABLE case_notes DROP CONSTRAINT no_poison");

    public static JsonObject Note(long reference) => CommandJson.Note(reference, Text);

    /// <summary>Case 4 exists, a poisoned note has failed in it, and these commands wait behind that.</summary>
    public static async Task<(Inbox Inbox, Publisher Publisher)> ParkAsync(Workspace workspace, params JsonObject[] behind)
    {
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await AddAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync([CommandJson.Create(4), Note(4), .. behind]);
        await inbox.NoticeAsync(behind[^1]);
        return (inbox, publisher);
    }

    public static DeadLetterOperations Operations(Workspace workspace) => new(workspace.Own(CaseWorkerDataSource.Connect(workspace.WorkerConnection)));

    /// <summary>The notes of a case, in the order of their events.</summary>
    public static Task<string> NotesAsync(Workspace workspace, long reference) =>
        workspace.ScalarAsync<string>($"SELECT coalesce(string_agg(body, ' ' ORDER BY nonce), '') FROM case_notes WHERE case_reference = {reference}");

    public static Task UntilFinishedAsync(Workspace workspace, int jobs = 1) =>
        workspace.UntilAsync("SELECT count(*) FROM operator_jobs WHERE finished_at IS NOT NULL", count => count == jobs, seconds: 120);

    /// <summary>The final outcome, which follows the notice.</summary>
    public static async Task<Received> FinalAsync(this Inbox inbox, JsonObject command)
    {
        await inbox.WaitAsync(all => all.Any(received => received.CommandId == CommandJson.IdOf(command) && received.Outcome is not "parked"), $"the outcome of {CommandJson.IdOf(command)}");
        return inbox.All.First(received => received.CommandId == CommandJson.IdOf(command) && received.Outcome is not "parked");
    }

    public static async Task<Received> NoticeAsync(this Inbox inbox, JsonObject command)
    {
        await inbox.WaitAsync(all => all.Any(received => received.CommandId == CommandJson.IdOf(command) && received.Outcome is "parked"), $"the notice for {CommandJson.IdOf(command)}");
        return inbox.All.First(received => received.CommandId == CommandJson.IdOf(command) && received.Outcome is "parked");
    }

    private static async Task OwnAsync(Workspace workspace, string sql)
    {
        await using var owner = NpgsqlDataSource.Create(workspace.OwnerConnection);
        await using var command = owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
