using CaseWorker.Histories.Recording;

namespace CaseWorker.Histories;

/// <summary>What holds for every database whatever was sent, as the history checker sees it.</summary>
internal static class Integrity
{
    public static async Task<IReadOnlyList<Violation>> CheckAsync(Workspace workspace) => Checker.CheckTables(await TableReader.ReadAsync(workspace.Database));
}
