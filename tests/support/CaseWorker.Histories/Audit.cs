using CaseWorker.Histories.Recording;

namespace CaseWorker.Histories;

/// <summary>The independent check after a test: the history checker over what was sent and received. A sentence for each broken promise.</summary>
internal static class Audit
{
    /// <param name="workspace">Its database is read.</param>
    /// <param name="plan">All of it was confirmed.</param>
    /// <param name="inbox">The subscriber.</param>
    public static async Task<IReadOnlyList<Violation>> RunAsync(Workspace workspace, LoadPlan plan, Inbox inbox) => Checker.Check(new History
    {
        Publications = [.. plan.Planned.Select(entry => new Publication(CommandJson.IdOf(entry.Command), CommandJson.CaseOf(entry.Command), IsConfirmed: true, entry.Expected))],
        Subscribers = [new Subscriber("inbox", [.. inbox.All.Select(entry => new Delivered(entry.Body))])],
        Tables = await TableReader.ReadAsync(workspace.Database),
    });
}
