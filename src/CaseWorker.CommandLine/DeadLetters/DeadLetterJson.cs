using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using CaseWorker.Queries;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>A dead letter for programs.</summary>
internal static class DeadLetterJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="row">The dead letter.</param>
    /// <param name="withBody">With the bytes: as <c>body</c> where they are UTF-8, always as <c>bodyBase64</c>.</param>
    public static string Of(DeadLetter row, bool withBody) => withBody
        ? JsonSerializer.Serialize(new DeadLetterDetails(row), Options)
        : JsonSerializer.Serialize(row.Summary, Options);

    /// <summary>The message on one line; null if it is not JSON object.</summary>
    public static string? BodyLine(DeadLetter row)
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
