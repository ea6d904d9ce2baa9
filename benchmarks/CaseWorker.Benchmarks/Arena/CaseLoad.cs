using System.Globalization;
using CaseWorker.Benchmarks.Plans;
using Npgsql;

namespace CaseWorker.Benchmarks.Arena;

/// <summary>Fills the tables in bulk as the worker would have left them: every constraint holds, and the log folds to the blobs.</summary>
internal static class CaseLoad
{
    /// <summary>References count up from here, so that cases are spread evenly over the slots.</summary>
    public const long FirstReference = 1_600_000_000_000_000;

    private const string Blob = """
        jsonb_build_object('application', 'case-' || number, 'status', 'Confirmation of receipt', 'handledBy', 'Resource26',
          'unit', 'Group 1', 'channel', 'Internet', 'deadline', '2010-11-26 00:00:00+01:00', 'department', 'General',
          'enddate', '2010-11-12 13:40:44.661000+01:00', 'responsible', 'Resource26', 'startdate', '2010-10-01 00:00:00.020000+02:00')
        """;

    public static async Task FillAsync(NpgsqlDataSource database, Workload workload)
    {
        var first = FirstReference.ToString(CultureInfo.InvariantCulture);
        var (cases, events) = (workload.Cases.ToString(CultureInfo.InvariantCulture), workload.EventsPerCase.ToString(CultureInfo.InvariantCulture));
        if (workload.Cases > 0)
        {
            await ExecuteAsync(database, $$"""
                INSERT INTO case_data (reference, json_blob, version, nonce, created_at, updated_at)
                SELECT {{first}} + number, {{Blob}} || CASE WHEN {{events}} > 1 THEN jsonb_build_object('n', {{events}}) ELSE '{}' END, {{events}}, {{events}}, now(), now()
                FROM generate_series(0, {{cases}} - 1) AS number
                """);

            // The cases' events lie interleaved, as they come in life: one case's history is scattered over the table.
            await ExecuteAsync(database, $$"""
                INSERT INTO case_events (global_nonce, case_reference, nonce, action, command_id, fingerprint, version, changed, body, actor, recorded_at)
                SELECT (nonce - 1) * {{cases}}::bigint + number + 1, {{first}} + number, nonce,
                  CASE WHEN nonce = 1 THEN 'case.create' ELSE 'case.merge' END, gen_random_uuid(), sha256(int8send(nonce * {{cases}}::bigint + number)), nonce, true,
                  CASE WHEN nonce = 1 THEN {{Blob}} ELSE jsonb_build_object('n', nonce) END, 'Resource26', now()
                FROM generate_series(1, {{events}}) AS nonce, generate_series(0, {{cases}} - 1) AS number
                """);
            await ExecuteAsync(database, $"UPDATE global_head SET nonce = {cases}::bigint * {events}");
        }

        await ExecuteAsync(database, "VACUUM ANALYZE");
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 3600;
        await command.ExecuteNonQueryAsync();
    }
}
