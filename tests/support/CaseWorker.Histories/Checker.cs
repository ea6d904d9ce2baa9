using CaseWorker.Histories.Checks;

namespace CaseWorker.Histories;

/// <summary>Judges a history. Pure: the same history gives the same violations.</summary>
internal static class Checker
{
    /// <summary>Everything that a run promises.</summary>
    public static IReadOnlyList<Violation> Check(History history) =>
    [
        .. TerminalStates.Check(history),
        .. CheckTables(history.Tables),
        .. LiveReading.Check(history),
        .. QueueOrder.Check(history),
        .. Deliveries.Check(history),
        .. Visibility.Check(history),
        .. Drain.Check(history),
    ];

    /// <summary>What holds for every database, whatever was sent to the worker.</summary>
    public static IReadOnlyList<Violation> CheckTables(Tables tables) =>
    [
        .. SingleRecords.Check(tables),
        .. Numbers.Check(tables),
        .. Folding.Check(tables),
    ];
}
