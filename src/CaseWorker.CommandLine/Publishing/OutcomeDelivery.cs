using System.Text.Json;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>The part of an outcome that the verbs look at.</summary>
internal sealed record OutcomeDelivery(Guid CommandId, Guid OutcomeId, string Outcome, string? Action, bool Changed, string Reason)
{
    /// <summary>Set if the command was rejected or conflicted.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>Null for a message that is not an outcome: anybody may publish to a broker.</summary>
    public static OutcomeDelivery? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            return root.ValueKind is JsonValueKind.Object
                && IdOf(root, "commandId") is { } commandId
                && TextOf(root, "outcome") is { } outcome
                ? Read(root, commandId, outcome)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static OutcomeDelivery Read(JsonElement root, Guid commandId, string outcome)
    {
        var reason = TextOf(root, "reason") ?? "";
        return new OutcomeDelivery(
            commandId,
            IdOf(root, "outcomeId") ?? Guid.Empty,
            outcome,
            TextOf(root, "action"),
            root.TryGetProperty("changed", out var changed) && changed.ValueKind is JsonValueKind.True,
            reason)
        {
            Refusal = outcome is "conflicted" or "rejected" ? Refusal.Read(root, commandId, outcome, reason) : null,
        };
    }

    /// <summary>A string member; null if there is none.</summary>
    internal static string? TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static Guid? IdOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.TryGetGuid(out var id) ? id : null;
}
