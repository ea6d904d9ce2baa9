using Npgsql;

namespace CaseWorker.Queries;

/// <summary>A dead letter without its bytes.</summary>
internal sealed record DeadLetterSummary(long Id, string Kind, string State, string Reason, string Detail, long? CaseReference, string? Action, DateTimeOffset ReceivedAt)
{
    /// <summary>The columns of the table, called <c>l</c>, that <see cref="Read"/> reads first.</summary>
    public const string Columns = "l.id, l.kind, l.state, l.reason, l.detail, l.case_reference, l.action, l.received_at";

    /// <summary>How many columns that are.</summary>
    public const int ColumnCount = 8;

    public static DeadLetterSummary Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.IsDBNull(5) ? null : row.GetInt64(5),
        row.IsDBNull(6) ? null : row.GetString(6),
        row.GetFieldValue<DateTimeOffset>(7));
}

/// <summary>The dead letters of a case, or those without one.</summary>
/// <param name="Head">The oldest that was found.</param>
/// <param name="DeadLetters">How many were found.</param>
/// <param name="Held">How many of them only wait behind another.</param>
internal sealed record DeadLettersOfCase(DeadLetterSummary Head, long DeadLetters, long Held);

/// <summary>Dead letters that failed in the same way.</summary>
/// <param name="Cause">What the filter takes.</param>
/// <param name="Pattern">What happened, without numbers and ids.</param>
internal sealed record DeadLettersOfCause(string Cause, string Kind, string Reason, string? Action, string Pattern, long DeadLetters, long Cases, DateTimeOffset First, DateTimeOffset Last);

/// <summary>A dead letter with the beginning of its bytes.</summary>
/// <param name="Body">The beginning.</param>
/// <param name="Size">Bytes of the whole.</param>
/// <param name="Successor">The command that it was replayed as, if that is another.</param>
internal sealed record DeadLetterExcerpt(DeadLetterSummary Summary, Guid? CommandId, string Exchange, string RoutingKey, string Headers, byte[] Body, long Size, Guid? Successor);

/// <summary>What an action on chosen dead letters would touch.</summary>
/// <param name="Cases">How many cases they belong to.</param>
/// <param name="Blocked">How many are behind another of their case that is not chosen.</param>
/// <param name="Following">How many commands that only wait behind them go along with a replay.</param>
internal sealed record SelectionCounts(long Cases, long Blocked, long Following);
