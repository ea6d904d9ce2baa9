using System.Text.Json.Serialization;
using CaseWorker.Contracts;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>A dead letter without its headers and bytes: what lists show, on the command line, over HTTP and on the dashboard.</summary>
internal record DeadLetterSummary(
    long Id,
    string Kind,
    string State,
    string Reason,
    string Detail,
    Guid? CommandId,
    [property: JsonConverter(typeof(CaseReferenceConverter))] long? CaseReference,
    string? Action,
    string Exchange,
    string RoutingKey,
    DateTimeOffset ReceivedAt,
    Guid? Successor)
{
    /// <summary>The columns of the table, called <c>l</c>, that <see cref="Read"/> reads first.</summary>
    public const string Columns = "l.id, l.kind, l.state, l.reason, l.detail, l.command_id, l.case_reference, l.action, l.exchange, l.routing_key, l.received_at, l.successor";

    /// <summary>How many columns that are.</summary>
    public const int ColumnCount = 12;

    public static DeadLetterSummary Read(NpgsqlDataReader row) => new(
        row.GetInt64(0),
        row.GetString(1),
        row.GetString(2),
        row.GetString(3),
        row.GetString(4),
        row.IsDBNull(5) ? null : row.GetGuid(5),
        row.IsDBNull(6) ? null : row.GetInt64(6),
        row.TextOrNull(7),
        row.GetString(8),
        row.GetString(9),
        row.GetFieldValue<DateTimeOffset>(10),
        row.IsDBNull(11) ? null : row.GetGuid(11));
}
