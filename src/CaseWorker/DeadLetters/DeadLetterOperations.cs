using System.Globalization;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.DeadLetters;

/// <summary>
/// What operators do with dead letters. Each transaction writes who did what, when and why into <c>operator_audit</c>.
/// </summary>
internal sealed class DeadLetterOperations(NpgsqlDataSource database)
{
    /// <param name="filter">Which.</param>
    /// <param name="limit">How many at most; the oldest.</param>
    /// <param name="after">Only those with a greater number: the next page.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery filter, int limit, long after = 0, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.ListAsync(
            $"SELECT {DeadLetterTable.Columns} FROM dead_letters WHERE {DeadLetterSql.Matches} AND id > $11 ORDER BY id LIMIT $10",
            [.. filter.Parameters, limit, after],
            DeadLetterTable.Read,
            cancellationToken);
    }

    /// <summary>How many the filter finds.</summary>
    public async Task<long> CountAsync(DeadLetterQuery filter, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.AskAsync<long>($"SELECT count(*) FROM dead_letters WHERE {DeadLetterSql.Matches}", filter.Parameters, cancellationToken);
    }

    /// <summary>
    /// Freezes what the filter finds and asks the workers to replay it. What another job has to do already is left to that one, so that a
    /// second click changes nothing.
    /// </summary>
    /// <param name="action">Who asks, and why.</param>
    /// <param name="filter">Which.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<ReplayRequest> ReplayAsync(OperatorAction action, DeadLetterQuery filter, CancellationToken cancellationToken = default) =>
        ReplayAsync(action, filter, JobKinds.Replay, JobOrder.NoChanges, cancellationToken);

    /// <summary>
    /// The same for commands under new ids, with proposals of the time when they are applied. The original ids never get an outcome.
    /// </summary>
    public Task<ReplayRequest> RebaseAsync(OperatorAction action, DeadLetterQuery filter, CancellationToken cancellationToken = default) =>
        ReplayAsync(action, filter, JobKinds.Rebase, JobOrder.NoChanges, cancellationToken);

    /// <summary>The same for a job of any kind.</summary>
    public async Task<ReplayRequest> ReplayAsync(OperatorAction action, DeadLetterQuery filter, string kind, IReadOnlyDictionary<long, BodyChange> changes, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(DeadLetterSql.LockJobs, [], cancellationToken);
        var queued = await connection.ListAsync(
            DeadLetterSql.FindQueued,
            filter.Parameters,
            row => (Id: row.GetInt64(0), Case: row.GetInt64(1), IsWanted: row.GetBoolean(2)),
            cancellationToken);
        var wanted = queued.Where(deadLetter => deadLetter.IsWanted).Select(deadLetter => deadLetter.Id).ToArray();
        var blocked = queued.GroupBy(deadLetter => deadLetter.Case)
            .SelectMany(queue => queue.SkipWhile(deadLetter => deadLetter.IsWanted).Where(deadLetter => deadLetter.IsWanted))
            .Select(deadLetter => deadLetter.Id).ToHashSet();
        var busy = await JobTable.ListOverlappingAsync(connection, wanted, cancellationToken);
        var taken = busy.SelectMany(job => job.DeadLetters).ToHashSet();
        var ids = wanted.Where(id => !blocked.Contains(id) && !taken.Contains(id)).ToArray();
        Guid? job = ids.Length > 0 ? Guid.CreateVersion7() : null;
        if (job is { } id)
        {
            await JobTable.InsertAsync(connection, new JobOrder(id, kind, ids.ToHashSet(), changes), action.Operator, action.Reason, filter.ToJson(), cancellationToken);
        }

        await AuditAsync(connection, action, kind, filter, ids, job is null ? "nothing to do" : $"job {job} of {ids.Length}");
        await transaction.CommitAsync(cancellationToken);
        return new ReplayRequest(job, ids, [.. blocked.Order()], [.. busy.Select(overlapping => overlapping.Job)]);
    }

    /// <summary>Sets aside what the filter finds. A case whose whole parked queue is discarded goes on.</summary>
    /// <returns>Those that were discarded now.</returns>
    public Task<IReadOnlyList<long>> DiscardAsync(OperatorAction action, DeadLetterQuery filter, CancellationToken cancellationToken = default) =>
        DiscardAsync(action, filter, NoProgress, cancellationToken);

    /// <inheritdoc cref="DiscardAsync(OperatorAction, DeadLetterQuery, CancellationToken)"/>
    /// <param name="action">Who asks, and why.</param>
    /// <param name="filter">Which.</param>
    /// <param name="progress">Gets how many are done and how many there are.</param>
    /// <param name="cancellationToken">Ends it; what is done stays done, and the same request does the rest.</param>
    public Task<IReadOnlyList<long>> DiscardAsync(OperatorAction action, DeadLetterQuery filter, Action<int, int> progress, CancellationToken cancellationToken) =>
        ChangeAsync(action, new StateChange("discard", [DeadLetterStates.Open], DeadLetterStates.Discarded), filter with { State = DeadLetterStates.Open }, progress, cancellationToken);

    /// <summary>Puts back what was discarded or skipped, at its old place; its case waits again.</summary>
    /// <returns>Those that were restored now.</returns>
    public Task<IReadOnlyList<long>> RestoreAsync(OperatorAction action, DeadLetterQuery filter, CancellationToken cancellationToken = default) =>
        RestoreAsync(action, filter, NoProgress, cancellationToken);

    /// <inheritdoc cref="RestoreAsync(OperatorAction, DeadLetterQuery, CancellationToken)"/>
    /// <param name="action">Who asks, and why.</param>
    /// <param name="filter">Which.</param>
    /// <param name="progress">Gets how many are done and how many there are.</param>
    /// <param name="cancellationToken">Ends it; what is done stays done, and the same request does the rest.</param>
    public Task<IReadOnlyList<long>> RestoreAsync(OperatorAction action, DeadLetterQuery filter, Action<int, int> progress, CancellationToken cancellationToken) =>
        ChangeAsync(action, new StateChange("restore", [DeadLetterStates.Discarded, DeadLetterStates.Skipped], DeadLetterStates.Open), filter, progress, cancellationToken);

    /// <summary>Lists jobs, newest first.</summary>
    public async Task<IReadOnlyList<OperatorJob>> JobsAsync(int limit = 50, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await JobTable.ListAsync(connection, before: null, limit, cancellationToken);
    }

    /// <summary>Finds a job; null if there is none.</summary>
    public async Task<OperatorJob?> FindJobAsync(Guid id, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await JobTable.FindAsync(connection, id, cancellationToken);
    }

    /// <summary>Asks a job to stop after the dead letters that it has in hand.</summary>
    /// <returns>False if there is no such job, or it has ended.</returns>
    public async Task<bool> CancelAsync(OperatorAction action, Guid job, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var isRunning = await JobTable.CancelAsync(connection, job, cancellationToken);
        await AuditAsync(connection, action, "cancel", new DeadLetterQuery(), [], isRunning ? $"job {job} is asked to stop" : $"job {job} does not run");
        await transaction.CommitAsync(cancellationToken);
        return isRunning;
    }

    /// <param name="limit">How many at most; the newest.</param>
    /// <param name="before">Only those with a smaller number: the next page. Null for the newest.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<IReadOnlyList<AuditEntry>> AuditAsync(int limit, long? before = null, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await AuditTable.ListAsync(connection, before, limit, cancellationToken);
    }

    /// <summary>Writes down what somebody tried and may not do.</summary>
    public async Task DenyAsync(OperatorAction action, string name, DeadLetterQuery filter, string why, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await AuditAsync(connection, action, name, filter, [.. filter.Ids ?? []], why);
    }

    /// <summary>
    /// Freezes what the filter finds and changes it in parts, each a transaction of its own: the locks of a transaction are bounded, whatever the number of cases.
    /// </summary>
    private async Task<IReadOnlyList<long>> ChangeAsync(OperatorAction action, StateChange change, DeadLetterQuery filter, Action<int, int> progress, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var found = await connection.ListAsync(
            DeadLetterSql.FindChangeable,
            [.. filter.Parameters, change.From],
            row => new ChangeableDeadLetter(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetInt64(1)),
            cancellationToken);
        var changed = new List<long>();
        foreach (var part in ChangeableDeadLetter.Split(found))
        {
            changed.AddRange(await ChangePartAsync(connection, action, change, filter, part, cancellationToken));
            progress(changed.Count, found.Count);
        }

        changed.Sort();
        return changed;
    }

    private static async Task<IReadOnlyList<long>> ChangePartAsync(
        NpgsqlConnection connection, OperatorAction action, StateChange change, DeadLetterQuery filter, IReadOnlyList<ChangeableDeadLetter> part, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The order in which the batch workers lock, too. Under these locks no parked queue moves.
        var cases = part.Select(deadLetter => deadLetter.CaseReference).OfType<long>().Distinct().Order().ToArray();
        await connection.ExecuteAsync(CommandLocks.Sql, [cases], cancellationToken);
        var changed = await connection.ListAsync(DeadLetterSql.ChangeState, [part.Select(deadLetter => deadLetter.Id).ToArray(), change.From, change.To], row => row.GetInt64(0), cancellationToken);
        await connection.ExecuteAsync(DeadLetterSql.MoveHeads, [cases], cancellationToken);
        await AuditAsync(connection, action, change.Name, filter, [.. changed], string.Create(CultureInfo.InvariantCulture, $"{changed.Count} {change.To}"));
        await transaction.CommitAsync(cancellationToken);
        return changed;
    }

    private static void NoProgress(int done, int total)
    {
    }

    private static Task<int> AuditAsync(NpgsqlConnection connection, OperatorAction action, string name, DeadLetterQuery filter, long[] ids, string result) =>
        AuditTable.InsertAsync(connection, action.Operator, name, filter.ToJson(), ids, action.Reason, result);
}

/// <summary>A change of the state of dead letters.</summary>
/// <param name="Name">As the audit calls it.</param>
/// <param name="From">The states they may have.</param>
/// <param name="To">The state they get.</param>
internal sealed record StateChange(string Name, string[] From, string To);

/// <summary>A dead letter whose state is to change.</summary>
/// <param name="Id">Its number.</param>
/// <param name="CaseReference">The case in whose parked queue it is; null if it is in none.</param>
internal sealed record ChangeableDeadLetter(long Id, long? CaseReference)
{
    /// <summary>Cases, and so locks, of one transaction.</summary>
    public const int MaxCases = 500;

    /// <summary>Dead letters of one transaction, if they are of several cases.</summary>
    public const int MaxDeadLetters = 5_000;

    /// <summary>Parts with bounded numbers of cases and dead letters. The dead letters of a case stay together. One empty part if there is nothing.</summary>
    public static IEnumerable<IReadOnlyList<ChangeableDeadLetter>> Split(IReadOnlyList<ChangeableDeadLetter> found)
    {
        var (part, cases) = (new List<ChangeableDeadLetter>(), 0);
        foreach (var group in found.GroupBy(deadLetter => (deadLetter.CaseReference, Alone: deadLetter.CaseReference is null ? deadLetter.Id : 0)).Select(group => group.ToList()))
        {
            if (part.Count > 0 && (cases == MaxCases || part.Count + group.Count > MaxDeadLetters))
            {
                yield return part;
                (part, cases) = ([], 0);
            }

            part.AddRange(group);
            cases++;
        }

        yield return part;
    }
}

/// <summary>Who does something, and why.</summary>
internal sealed record OperatorAction(string Operator, string Reason)
{
    private const int ReasonLimit = 500;

    /// <summary>The reason as it goes into the audit; empty if nothing is said.</summary>
    public static string CleanReason(string? reason) => CleanText.Of(reason ?? "", ReasonLimit).Trim();
}

/// <summary>What became of a request to replay.</summary>
/// <param name="Job">The new job; null if there is nothing for one to do.</param>
/// <param name="DeadLetters">What it will replay.</param>
/// <param name="Blocked">Left out: each stands behind another of its case that was not chosen.</param>
/// <param name="Busy">Jobs that have some of it to do already.</param>
internal sealed record ReplayRequest(Guid? Job, IReadOnlyList<long> DeadLetters, IReadOnlyList<long> Blocked, IReadOnlyList<OperatorJob> Busy);
