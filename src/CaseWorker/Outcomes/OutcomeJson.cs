using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Contracts;

namespace CaseWorker.Outcomes;

/// <summary>Outcomes as they go over the wire and into <c>command_refusals.published</c>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CaseAccepted))]
[JsonSerializable(typeof(CaseConflicted))]
[JsonSerializable(typeof(CaseRejected))]
internal sealed partial class OutcomeJson : JsonSerializerContext
{
    public static byte[] Write(CaseOutcome outcome) => JsonSerializer.SerializeToUtf8Bytes(outcome, outcome.GetType(), Default);

    /// <param name="kind"><c>conflicted</c> or <c>rejected</c>.</param>
    /// <param name="json">What was recorded.</param>
    public static CaseOutcome ReadRefusal(string kind, string json) => kind is "conflicted"
        ? JsonSerializer.Deserialize(json, Default.CaseConflicted)!
        : JsonSerializer.Deserialize(json, Default.CaseRejected)!;
}
