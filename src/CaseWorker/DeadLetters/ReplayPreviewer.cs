using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.DeadLetters;

/// <summary>
/// Tries what a replay would do, for the command line, the API and the dashboard alike. Apart from <see cref="DeadLetterOperations"/>, since it
/// needs the worker's rights and actions: everything is done as in earnest, in transactions that are rolled back.
/// </summary>
internal sealed class ReplayPreviewer(NpgsqlDataSource database, ParkedQueueReplay replay)
{
    /// <summary>Cases that are tried, since each is locked for a moment.</summary>
    public const int MaxCases = 20;

    /// <summary>Dead letters that are tried in a case, from the head of its parked queue.</summary>
    public const int MaxDeadLetters = 500;

    /// <summary>How long a preview waits for one case.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const string FindCases = $"""
        WITH wanted AS (
          SELECT case_reference, min(id) AS head FROM dead_letters WHERE {DeadLetterSql.Matches} AND {DeadLetterSql.IsParked} GROUP BY 1
        )
        SELECT case_reference, count(*) OVER (), (SELECT count(*) FROM dead_letters WHERE case_reference = wanted.case_reference AND {DeadLetterSql.IsParked})
        FROM wanted ORDER BY head LIMIT $10
        """;

    /// <summary>Tries the parked queues of the cases that a filter touches, from the case that has waited longest.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="rebase">Whether all get current proposals.</param>
    /// <param name="cancellationToken">Ends the preview.</param>
    /// <exception cref="CaseBusyException">A case could not be tried in time.</exception>
    public async Task<PreviewedReplay> PreviewAsync(DeadLetterQuery filter, bool rebase, CancellationToken cancellationToken)
    {
        var (cases, caseCount) = (new List<PreviewedCase>(), 0L);
        foreach (var (reference, allCases, waiting) in await FindCasesAsync(filter, cancellationToken))
        {
            caseCount = allCases;
            try
            {
                cases.Add(new PreviewedCase(reference, await replay.PreviewAsync(reference, MaxDeadLetters, rebase).WaitAsync(Patience, cancellationToken), waiting));
            }
            catch (TimeoutException)
            {
                throw new CaseBusyException(reference);
            }
        }

        return new PreviewedReplay(cases, caseCount);
    }

    private async Task<List<(long Reference, long AllCases, long Waiting)>> FindCasesAsync(DeadLetterQuery filter, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ListAsync(FindCases, [.. filter.Parameters, MaxCases], row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), cancellationToken);
    }
}

/// <summary>What a replay would do.</summary>
/// <param name="Cases">Those that were tried; those first that have waited longest.</param>
/// <param name="CaseCount">How many cases the filter touches.</param>
internal sealed record PreviewedReplay(IReadOnlyList<PreviewedCase> Cases, long CaseCount)
{
    /// <summary>Says what was not tried; null if everything was.</summary>
    public string? Cut => Cases.Count < CaseCount ? FormattableString.Invariant($"The first {Cases.Count:N0} of {CaseCount:N0} cases were tried.") : null;
}

/// <summary>What a replay would do in a case.</summary>
/// <param name="Reference">The case.</param>
/// <param name="DeadLetters">Those that were tried, from the head of the parked queue.</param>
/// <param name="Count">How many the parked queue has.</param>
internal sealed record PreviewedCase(long Reference, IReadOnlyList<PreviewedDeadLetter> DeadLetters, long Count)
{
    /// <summary>Says what was not tried; null if everything was.</summary>
    public string? Cut => DeadLetters.Count < Count ? FormattableString.Invariant($"Case {Reference}: the first {DeadLetters.Count:N0} of {Count:N0} commands were tried.") : null;
}

/// <summary>A case could not be tried in time, since a worker or another session locks it.</summary>
internal sealed class CaseBusyException(long reference)
    : Exception(FormattableString.Invariant($"Case {reference} could not be tried within {ReplayPreviewer.Patience.TotalSeconds} seconds: a worker is at it. Nothing was changed; ask again later."));
