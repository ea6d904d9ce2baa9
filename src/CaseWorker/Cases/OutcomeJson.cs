using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Contracts;

namespace CaseWorker.Cases;

/// <summary>Outcomes as they go over the wire and into <c>command_refusals.published</c>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CaseAccepted))]
[JsonSerializable(typeof(CaseConflicted))]
[JsonSerializable(typeof(CaseRejected))]
[JsonSerializable(typeof(CaseParked))]
internal sealed partial class OutcomeJson : JsonSerializerContext
{
    /// <summary>Readable for people: only what JSON needs is escaped. Nobody puts this into a page as it is.</summary>
    private static readonly OutcomeJson Readable = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static byte[] Write(CaseOutcome outcome) => JsonSerializer.SerializeToUtf8Bytes(outcome, outcome.GetType(), Readable);

    /// <param name="kind"><c>conflicted</c> or <c>rejected</c>.</param>
    /// <param name="json">What was recorded.</param>
    public static CaseOutcome ReadRefusal(string kind, string json) => kind is "conflicted"
        ? JsonSerializer.Deserialize(json, Default.CaseConflicted)!
        : JsonSerializer.Deserialize(json, Default.CaseRejected)!;
}
