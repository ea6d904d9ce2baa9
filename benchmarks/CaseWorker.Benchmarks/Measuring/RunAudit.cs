using CaseWorker.Benchmarks.Arena;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Benchmarks.Traffic;
using Npgsql;
using NpgsqlTypes;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>
/// Looks with plain SQL whether a run did what its plan says; the same for every contestant. Gives a sentence for each promise that is broken.
/// </summary>
internal sealed class RunAudit : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly IReadOnlyList<PlannedCommand> plan;

    private RunAudit(NpgsqlConnection connection, IReadOnlyList<PlannedCommand> plan)
    {
        this.connection = connection;
        this.plan = plan;
    }

    /// <param name="database">After the run.</param>
    /// <param name="published">The part of the plan that was published.</param>
    public static async Task<RunAudit> OpenAsync(CaseDatabase database, IEnumerable<PlannedCommand> published)
    {
        var audit = new RunAudit(await database.Admin.OpenConnectionAsync(), [.. published.DistinctBy(command => command.Id)]);
        await audit.ExecuteAsync("CREATE TEMP TABLE expected (command_id uuid PRIMARY KEY, accepted boolean, version bigint, nonce bigint, changed boolean)");
        await audit.CopyAsync();
        await audit.ExecuteAsync("ANALYZE expected");
        return audit;
    }

    public async Task<IReadOnlyList<string>> FindProblemsAsync(TrafficAnswer? tally, long eventsBefore)
    {
        var problems = new List<string>();
        async Task Zero(string what, string sql)
        {
            if (await ScalarAsync(sql) is not 0 and var count)
            {
                problems.Add($"{count} {what}");
            }
        }

        await Zero("commands without exactly the one record that the plan gives them", """
            SELECT count(*) FROM expected x LEFT JOIN case_events e USING (command_id) LEFT JOIN command_refusals r USING (command_id)
            WHERE NOT coalesce(CASE WHEN x.accepted
              THEN r.command_id IS NULL AND (e.version, e.nonce, e.changed) = (x.version, x.nonce, x.changed)
              ELSE e.command_id IS NULL AND r.outcome = 'conflicted' AND ((r.published ->> 'currentVersion')::bigint, (r.published ->> 'currentNonce')::bigint) = (x.version, x.nonce) END, false)
            """);
        await Zero("dead letters", "SELECT count(*) FROM dead_letters");
        await Zero("too many or too few in global_head", "SELECT (SELECT nonce FROM global_head) - (SELECT coalesce(max(global_nonce), 0) FROM case_events)");
        await Zero("gaps in the global numbers, or events that nobody asked for",
            $"SELECT (SELECT nonce FROM global_head) - {eventsBefore} - (SELECT count(*) FROM expected WHERE accepted)");
        await Zero("events of note.add without their note", """
            SELECT count(*) FROM expected x JOIN case_events e USING (command_id) LEFT JOIN case_notes n ON (n.case_reference, n.nonce) = (e.case_reference, e.nonce)
            WHERE e.action = 'note.add' AND n.body IS DISTINCT FROM e.body ->> 'body'
            """);
        await Zero("cases whose numbers are not those of their last event", """
            SELECT count(*) FROM (SELECT case_reference, max(e.nonce) AS nonce, max(e.version) AS version FROM expected x JOIN case_events e USING (command_id) GROUP BY 1) last
            JOIN case_data c ON c.reference = last.case_reference WHERE (c.nonce, c.version) <> (last.nonce, last.version)
            """);
        if (tally is not null)
        {
            problems.AddRange(Deliveries(tally));
        }

        return problems;
    }

    /// <summary>Rows of one transaction share its id, whoever wrote them.</summary>
    public async Task<BatchSizes> BatchSizesAsync()
    {
        await using var command = new NpgsqlCommand("""
            SELECT avg(size)::float8, percentile_disc(0.5) WITHIN GROUP (ORDER BY size)::int, max(size)::int FROM (
              SELECT count(*) AS size FROM (
                SELECT e.xmin::text AS transaction FROM expected JOIN case_events e USING (command_id)
                UNION ALL SELECT r.xmin::text FROM expected JOIN command_refusals r USING (command_id)) records
              GROUP BY transaction) batches
            """, connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return await reader.IsDBNullAsync(0) ? new BatchSizes(0, 0, 0) : new BatchSizes(reader.GetDouble(0), reader.GetInt32(1), reader.GetInt32(2));
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>Outcomes may come twice, but not fewer than once, and no other ones.</summary>
    private IEnumerable<string> Deliveries(TrafficAnswer tally)
    {
        var accepted = plan.Count(command => command.Expected.Accepted);
        if (tally.Answered != plan.Count)
        {
            yield return $"{tally.Answered} commands of {plan.Count} had their outcome";
        }

        if (tally.Extra == 0 && tally.Published == plan.Count && (tally.Accepted != accepted || tally.Conflicted != plan.Count - accepted || tally.Others != 0))
        {
            yield return $"{tally.Accepted} accepted, {tally.Conflicted} conflicted and {tally.Others} other outcomes came instead of {accepted} and {plan.Count - accepted}";
        }
    }

    private async Task CopyAsync()
    {
        await using var copy = await connection.BeginBinaryImportAsync("COPY expected FROM STDIN (FORMAT binary)");
        foreach (var (id, _, _, expected) in plan)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(id, NpgsqlDbType.Uuid);
            await copy.WriteAsync(expected.Accepted, NpgsqlDbType.Boolean);
            await copy.WriteAsync(expected.Version, NpgsqlDbType.Bigint);
            await copy.WriteAsync(expected.Nonce, NpgsqlDbType.Bigint);
            await copy.WriteAsync(expected.Changed, NpgsqlDbType.Boolean);
        }

        await copy.CompleteAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
