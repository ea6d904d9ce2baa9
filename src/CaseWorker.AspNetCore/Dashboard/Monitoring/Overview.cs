using CaseWorker.Queries;

namespace CaseWorker.AspNetCore.Dashboard.Monitoring;

/// <summary>What the first page shows; the same for all who look within a second.</summary>
/// <param name="At">When it was taken.</param>
/// <param name="Since">Since when this worker has watched.</param>
/// <param name="Worker">The worker that serves the page.</param>
/// <param name="Past">The last ten minutes.</param>
/// <param name="Slots">Empty if the database does not answer.</param>
/// <param name="HasQueues">Whether the broker told how much waits.</param>
/// <param name="DeadLetters">Null if the database does not answer.</param>
public sealed record Overview(DateTimeOffset At, DateTimeOffset Since, string Worker, IReadOnlyList<Sample> Past, IReadOnlyList<SlotView> Slots, bool HasQueues, DeadLetterCounts? DeadLetters);

/// <summary>One slot, as the page shows it.</summary>
/// <param name="Worker">Who holds it; null if nobody ever did.</param>
/// <param name="Depth">Commands that wait in its queue; null if there is no queue.</param>
/// <param name="LagSeconds">How long its oldest command has been in work; null if none is.</param>
public sealed record SlotView(int Slot, string? Worker, bool IsHeld, long Epoch, double? HeldForSeconds, uint? Depth, double? LagSeconds)
{
    internal static SlotView Of(SlotStatus status) => new(status.Slot, status.Worker, status.IsHeld, status.Epoch, status.HeldForSeconds, status.Depth, status.LagSeconds);
}

/// <summary>What waits for operators.</summary>
/// <param name="Kinds">Open dead letters by kind; each is counted up to <see cref="Limit"/>.</param>
/// <param name="ParkedCases">Cases whose commands wait, counted up to the limit.</param>
/// <param name="Oldest">When the oldest open one came; null if there is none.</param>
/// <param name="Jobs">That have not ended.</param>
/// <param name="GlobalNonce">Events in the store.</param>
public sealed record DeadLetterCounts(IReadOnlyList<(string Kind, long Count)> Kinds, long ParkedCases, DateTimeOffset? Oldest, long Jobs, long GlobalNonce)
{
    /// <summary>More are not counted: a look every two seconds must stay cheap.</summary>
    public const int Limit = 10_000;

    public long Open => Kinds.Sum(kind => kind.Count);

    public bool IsCut => Open >= Limit;
}
