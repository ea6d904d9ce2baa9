using System.Text;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>The table <c>command_refusals</c>: conflicts and rejections, as they were published.</summary>
internal static class RefusalTable
{
    public const string FindSql = "SELECT command_id, fingerprint, outcome, published FROM command_refusals WHERE command_id = ANY ($1::uuid[])";

    public const string InsertSql = """
        INSERT INTO command_refusals (command_id, case_reference, action, fingerprint, outcome, status, reason, published, recorded_at)
        SELECT command_id, case_reference, action, fingerprint, outcome, status, reason, published::jsonb, $9
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bytea[], $5::text[], $6::integer[], $7::text[], $8::text[])
          AS refusal (command_id, case_reference, action, fingerprint, outcome, status, reason, published)
        """;

    /// <summary>Finds the outcomes of refused commands. Runs in a statement of its own after the locks.</summary>
    public static PendingRows<RecordedCommand> Find(StatementPipeline pipeline, Guid[] commandIds) => pipeline.Query(FindSql, ReadRecord, commandIds);

    /// <inheritdoc cref="Find(StatementPipeline, Guid[])"/>
    public static Task<List<RecordedCommand>> FindAsync(NpgsqlConnection connection, Guid[] commandIds, CancellationToken cancellationToken = default) =>
        connection.ListAsync(FindSql, [commandIds], ReadRecord, cancellationToken);

    /// <summary>Records conflicts and rejections; adds nothing if there are none.</summary>
    public static void Insert(StatementPipeline pipeline, IReadOnlyList<RefusedCommand> refused, DateTimeOffset recordedAt)
    {
        if (refused.Count > 0)
        {
            pipeline.Add(
                InsertSql,
                refused.Select(refusal => refusal.Command.Id).ToArray(),
                refused.Select(refusal => refusal.Command.CaseReference).ToArray(),
                refused.Select(refusal => refusal.Command.ActionName).ToArray(),
                refused.Select(refusal => refusal.Command.Digest).ToArray(),
                refused.Select(refusal => refusal.Outcome.Value.Outcome).ToArray(),
                refused.Select(refusal => refusal.Outcome.Value.Status).ToArray(),
                refused.Select(refusal => ReasonOf(refusal.Outcome.Value)).ToArray(),
                refused.Select(refusal => Encoding.UTF8.GetString(refusal.Outcome.Json)).ToArray(),
                recordedAt);
        }
    }

    private static string ReasonOf(CaseOutcome outcome) => outcome is CaseConflicted conflicted ? conflicted.Reason : ((CaseRejected)outcome).Reason;

    private static RecordedCommand ReadRecord(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetFieldValue<byte[]>(1), OutcomeJson.ReadRefusal(row.GetString(2), row.GetString(3)));
}
