using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.DeadLetters;
using CaseWorker.Queries;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>A dead letter for programs.</summary>
internal static class LetterJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="row">The letter.</param>
    /// <param name="withBody">With the bytes: as <c>body</c> where they are UTF-8, always as <c>bodyBase64</c>.</param>
    public static string Of(LetterRow row, bool withBody) => withBody
        ? JsonSerializer.Serialize(WholeLetterView.Whole(row), Options)
        : JsonSerializer.Serialize(LetterView.Of(row), Options);

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
