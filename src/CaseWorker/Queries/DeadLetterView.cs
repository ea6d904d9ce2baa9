using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using CaseWorker.DeadLetters;

namespace CaseWorker.Queries;

/// <summary>A dead letter for programs, on the command line as over HTTP.</summary>
internal record DeadLetterView(
    long Id,
    string Kind,
    string State,
    string Reason,
    string Detail,
    Guid? CommandId,
    string? CaseReference,
    string? Action,
    string Exchange,
    string RoutingKey,
    DateTimeOffset ReceivedAt,
    Guid? Successor)
{
    public static DeadLetterView Of(DeadLetterRow row) => new(
        row.Id,
        row.Kind,
        row.State,
        row.Reason,
        row.Detail,
        row.CommandId,
        row.CaseReference?.ToString(CultureInfo.InvariantCulture),
        row.Action,
        row.Exchange,
        row.RoutingKey,
        row.ReceivedAt,
        row.Successor);
}

/// <summary>With its AMQP properties and its bytes.</summary>
internal sealed record DeadLetterDetails : DeadLetterView
{
    private DeadLetterDetails(DeadLetterRow row)
        : base(Of(row))
    {
        Headers = JsonElement.Parse(row.Headers);
        Body = Utf8.IsValid(row.Body) ? Encoding.UTF8.GetString(row.Body) : null;
        BodyBase64 = Convert.ToBase64String(row.Body);
    }

    [JsonPropertyOrder(1)]
    public JsonElement Headers { get; }

    /// <summary>The message as text; null if it is no UTF-8.</summary>
    [JsonPropertyOrder(1)]
    public string? Body { get; }

    /// <summary>The message, byte for byte.</summary>
    [JsonPropertyOrder(1)]
    public string BodyBase64 { get; }

    public static DeadLetterDetails Whole(DeadLetterRow row) => new(row);
}
