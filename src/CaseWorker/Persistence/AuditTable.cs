using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>The table <c>operator_audit</c>: what operators did, when and why, and what was denied.</summary>
internal static class AuditTable
{
    /// <summary>Rows in which the entries of a dead letter are looked for.</summary>
    private const int SearchedRows = 20_000;

    private const string Columns = "id, at, operator, action, filter::text, coalesce(cardinality(ids), 0), reason, result";

    /// <summary>Records an action.</summary>
    /// <param name="connection">In the transaction of the action.</param>
    /// <param name="operator">Who acted.</param>
    /// <param name="action">What was done.</param>
    /// <param name="filter">How the dead letters were selected, as JSON.</param>
    /// <param name="ids">The dead letters.</param>
    /// <param name="reason">Why.</param>
    /// <param name="result">What came of it.</param>
    public static Task<int> InsertAsync(NpgsqlConnection connection, string @operator, string action, string filter, long[] ids, string reason, string result) => connection.ExecuteAsync(
        "INSERT INTO operator_audit (operator, action, filter, ids, reason, result) VALUES ($1, $2, $3::jsonb, $4, $5, $6)", [@operator, action, filter, ids, reason, result]);

    /// <summary>Lists entries, newest first.</summary>
    /// <param name="connection">To the database.</param>
    /// <param name="before">Only those with a smaller number; null for the newest.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static Task<List<AuditEntry>> ListAsync(NpgsqlConnection connection, long? before, int limit, CancellationToken cancellationToken) => connection.ListAsync(
        $"SELECT {Columns} FROM operator_audit WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2", [before, limit], Read, cancellationToken);

    /// <summary>Lists the last hundred entries about a dead letter.</summary>
    public static Task<List<AuditEntry>> ListOfDeadLetterAsync(NpgsqlConnection connection, long deadLetter, CancellationToken cancellationToken) => connection.ListAsync(
        $"""
        SELECT {Columns} FROM (SELECT * FROM operator_audit ORDER BY id DESC LIMIT {SearchedRows}) AS newest
        WHERE ids @> ARRAY[$1::bigint] ORDER BY id DESC LIMIT 100
        """,
        [deadLetter],
        Read,
        cancellationToken);

    private static AuditEntry Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetFieldValue<DateTimeOffset>(1),
        row.GetString(2),
        row.GetString(3),
        row.TextOrNull(4) is { } filter ? JsonElement.Parse(filter) : null,
        row.GetInt32(5),
        row.TextOrNull(6),
        row.GetString(7));
}

/// <summary>What an operator did or was refused.</summary>
/// <param name="Filter">Which dead letters were asked for.</param>
/// <param name="DeadLetters">How many it was about.</param>
internal sealed record AuditEntry(long Id, DateTimeOffset At, string Operator, string Action, JsonElement? Filter, [property: JsonPropertyName("letters")] int DeadLetters, string? Reason, string Result);
