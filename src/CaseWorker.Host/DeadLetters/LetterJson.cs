using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using CaseWorker.DeadLetters;

namespace CaseWorker.Host.DeadLetters;

/// <summary>A dead letter for programs.</summary>
internal static class LetterJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="row">The letter.</param>
    /// <param name="withBody">With the bytes: as <c>body</c> where they are UTF-8, always as <c>bodyBase64</c>.</param>
    public static string Of(LetterRow row, bool withBody)
    {
        var json = new JsonObject
        {
            ["id"] = row.Id,
            ["kind"] = row.Kind,
            ["state"] = row.State,
            ["reason"] = row.Reason,
            ["detail"] = row.Detail,
            ["commandId"] = row.CommandId?.ToString(),
            ["caseReference"] = row.CaseReference?.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["action"] = row.Action,
            ["exchange"] = row.Exchange,
            ["routingKey"] = row.RoutingKey,
            ["successor"] = row.Successor?.ToString(),
            ["receivedAt"] = JsonValue.Create(row.ReceivedAt),
        };
        if (withBody)
        {
            json["headers"] = JsonNode.Parse(row.Headers);
            json["body"] = Utf8.IsValid(row.Body) ? Encoding.UTF8.GetString(row.Body) : null;
            json["bodyBase64"] = Convert.ToBase64String(row.Body);
        }

        return json.ToJsonString(Options);
    }

    /// <summary>The message on one line; null where it is no JSON object.</summary>
    public static string? BodyLine(LetterRow row)
    {
        try
        {
            return JsonNode.Parse(row.Body) is JsonObject json ? json.ToJsonString(Options) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
