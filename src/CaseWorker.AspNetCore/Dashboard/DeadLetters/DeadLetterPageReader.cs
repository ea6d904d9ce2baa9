using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using CaseWorker.Queries;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>Dead letters as the dashboard shows them. Bytes are read for one dead letter only, and its beginning at that.</summary>
internal sealed class DeadLetterPageReader(DeadLetterSearch search, OperatorLog log, ReplayPreviewer previewer)
{
    public const int PageSize = 50;

    /// <summary>Bytes of a message that are shown.</summary>
    public const int ShownBytes = 65_536;

    /// <summary>Dead letters that one form takes, since it carries their numbers.</summary>
    public const int ActionLimit = 10_000;

    private const int ShownSelected = 200;

    public async Task<(IReadOnlyList<DeadLetterLine> Lines, bool HasMore)> ListAsync(DeadLetterFilterForm query, CancellationToken cancellationToken)
    {
        var found = await search.ListAsync(query.Filter, query.Cause, query.After, PageSize + 1, cancellationToken);
        return ([.. found.Take(PageSize).Select(DeadLetterLine.Of)], found.Count > PageSize);
    }

    /// <summary>Finds the parked queue of a case; null if it is not parked.</summary>
    public async Task<ParkedQueueView?> FindQueueAsync(long reference, CancellationToken cancellationToken) =>
        await search.FindQueueAsync(reference, cancellationToken) is { } queue ? new ParkedQueueView(DeadLetterLine.Of(queue.Head), queue.DeadLetters) : null;

    /// <summary>By case, those first that have waited longest.</summary>
    public async Task<(IReadOnlyList<CaseGroup> Groups, bool HasMore)> ByCaseAsync(DeadLetterFilterForm query, CancellationToken cancellationToken)
    {
        var found = await search.ByCaseAsync(query.Filter, query.Cause, query.After, PageSize + 1, cancellationToken);
        return ([.. found.Take(PageSize).Select(CaseGroup.Of)], found.Count > PageSize);
    }

    public async Task<IReadOnlyList<FingerprintGroup>> ByFingerprintAsync(DeadLetterFilterForm query, CancellationToken cancellationToken) =>
        [.. (await search.ByCauseAsync(query.Filter, query.Cause, cancellationToken)).Select(FingerprintGroup.Of)];

    public async Task<WholeDeadLetter?> FindAsync(long id, CancellationToken cancellationToken)
    {
        var jobs = await log.JobsOfDeadLetterAsync(id, cancellationToken);
        var audit = await log.AuditOfDeadLetterAsync(id, cancellationToken);
        return await search.FindAsync(id, ShownBytes, cancellationToken) is { } found
            ? new WholeDeadLetter(
                DeadLetterLine.Of(found.Summary),
                found.Summary.CommandId,
                found.Summary.Exchange,
                found.Summary.RoutingKey,
                found.Headers,
                PayloadText.Of(found.Body),
                found.Size,
                found.Summary.Successor,
                [.. jobs.Select(JobLine.Of)],
                [.. audit.Select(AuditLine.Of)])
            : null;
    }

    /// <summary>What an action would be about if it were done now.</summary>
    public async Task<IReadOnlyList<long>> FreezeAsync(OperatorActionKind action, DeadLetterFilterForm query, CancellationToken cancellationToken) =>
        await search.FreezeAsync((query with { State = "all" }).Filter, query.Cause, action.States, action.Kinds, cancellationToken);

    public async Task<DeadLetterSelectionView> DescribeAsync(IReadOnlyList<long> found, CancellationToken cancellationToken)
    {
        var ids = found.Take(ActionLimit).ToArray();
        var lines = await search.ListAsync(ids, ShownSelected, cancellationToken);
        var counts = await search.CountTouchedAsync(ids, cancellationToken);
        return new DeadLetterSelectionView(ids, [.. lines.Select(DeadLetterLine.Of)], counts.Cases, counts.Blocked, counts.Following, found.Count);
    }

    /// <summary>What a replay, or a rebase, would do. Changes nothing.</summary>
    /// <returns>Null if a case was too busy to be tried in time.</returns>
    public async Task<ReplayPreviewView?> PreviewAsync(IReadOnlyList<long> ids, bool rebase, CancellationToken cancellationToken)
    {
        try
        {
            return ReplayPreviewView.Of(await previewer.PreviewAsync(new DeadLetterQuery { Ids = ids, State = DeadLetterStates.Open }, rebase, cancellationToken));
        }
        catch (CaseBusyException)
        {
            return null;
        }
    }
}
