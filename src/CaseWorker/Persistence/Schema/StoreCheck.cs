using CaseWorker.Configuration;
using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>Looks for damage of the store: numbers that do not fit each other, as after a partial restore. Reads all events and cases once.</summary>
internal static class StoreCheck
{
    /// <summary>How many damaged cases are named.</summary>
    private const int NamedCases = 20;

    private static IReadOnlyList<string> Invariants =>
    [
        $"SELECT 'global_head has ' || count(*) || ' rows instead of one. Run `{ProgramName.Value} db repair`.' FROM global_head HAVING count(*) <> 1",
        $"""
        SELECT 'global_head is ' || head || ', the last event is ' || last || '. Run `{ProgramName.Value} db repair`.'
        FROM (SELECT max(nonce) FROM global_head) AS h (head), (SELECT coalesce(max(global_nonce), 0) FROM case_events) AS e (last)
        WHERE head IS DISTINCT FROM last
        """,
        """
        SELECT 'The log has ' || count(*) || ' events, numbered ' || min(global_nonce) || ' to ' || max(global_nonce) || ': events are missing. Restore all tables from one backup.'
        FROM case_events HAVING count(*) <> coalesce(max(global_nonce), 0)
        """,
        $"""
        SELECT 'Case ' || reference || ' is at nonce ' || c.nonce || ', version ' || c.version || '; its ' || coalesce(e.events, 0) || ' events end at nonce '
          || coalesce(e.nonce, 0) || ', version ' || coalesce(e.version, 0) || '. Restore all tables from one backup.'
        FROM case_data c
        LEFT JOIN (SELECT case_reference, count(*) AS events, max(nonce) AS nonce, max(version) AS version FROM case_events GROUP BY case_reference) e ON e.case_reference = c.reference
        WHERE (c.nonce, c.nonce, c.version) IS DISTINCT FROM (e.events, e.nonce, e.version)
        ORDER BY reference LIMIT {NamedCases}
        """,
        $"""
        SELECT 'Case ' || case_reference || ' has a note with nonce ' || n.nonce || ' and no event with that nonce. Restore all tables from one backup.'
        FROM case_notes n LEFT JOIN case_events e USING (case_reference, nonce) WHERE e.nonce IS NULL
        ORDER BY case_reference LIMIT {NamedCases}
        """,
        $"""
        SELECT 'Case ' || p.case_reference || ' is parked by dead letter ' || p.dead_letter_id || ', which is not the first open one of the case. Replay or discard the dead letters of the case.'
        FROM parked_cases p
        WHERE p.dead_letter_id IS DISTINCT FROM (
          SELECT min(d.id) FROM dead_letters d WHERE d.case_reference = p.case_reference AND d.state = 'open' AND d.kind IN ('failed', 'held'))
        ORDER BY p.case_reference LIMIT {NamedCases}
        """,
        $"""
        SELECT 'Case ' || case_reference || ' has open dead letters and is not parked, so that later commands pass them.'
        FROM dead_letters d WHERE state = 'open' AND kind IN ('failed', 'held') AND NOT EXISTS (SELECT FROM parked_cases p WHERE p.case_reference = d.case_reference)
        GROUP BY case_reference ORDER BY case_reference LIMIT {NamedCases}
        """,
    ];

    /// <summary>What is damaged, a sentence each; at most twenty of a kind.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public static async Task<IReadOnlyList<string>> FindDamageAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // One snapshot for all: workers may be at work.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var found = new List<string>();
        foreach (var invariant in Invariants)
        {
            await using var command = new NpgsqlCommand(invariant, connection, transaction) { CommandTimeout = 0 };
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                found.Add(reader.GetString(0));
            }
        }

        return found;
    }
}
