using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using Npgsql;

namespace CaseWorker.Queries;

/// <summary>Rows of <see cref="ReadSql.EventColumns"/> as the feed tells them.</summary>
internal static class EventRows
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = JsonLimits.MaxDepth + 1 };

    /// <summary>The column behind those of the event: the last number that there is.</summary>
    public const int HeadColumn = 12;

    public static FeedEvent Read(NpgsqlDataReader row)
    {
        var commandId = row.GetGuid(6);
        return new FeedEvent
        {
            GlobalNonce = row.GetInt64(0),
            CaseReference = row.GetInt64(1),
            Nonce = row.GetInt64(2),
            Version = row.GetInt64(3),
            Changed = row.GetBoolean(4),
            Action = row.GetString(5),
            CommandId = commandId,
            OutcomeId = OutcomeComposer.OutcomeIdOf(commandId),
            CorrelationId = TextOrNull(row, 7),
            Actor = TextOrNull(row, 8),
            RecordedAt = row.GetFieldValue<DateTimeOffset>(9),
            Body = Json(row.GetString(10)),
            Blob = TextOrNull(row, 11) is { } blob ? Json(blob) : null,
        };
    }

    /// <summary>JSON from the database, as deep as a command may be.</summary>
    public static JsonElement Json(string text) => JsonElement.Parse(text, Options);

    public static string? TextOrNull(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
