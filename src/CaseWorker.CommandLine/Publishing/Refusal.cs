using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>A command that was rejected or conflicted, and why.</summary>
/// <param name="CommandId">The command's id.</param>
/// <param name="CaseReference">Its case.</param>
/// <param name="Outcome"><c>conflicted</c> or <c>rejected</c>.</param>
/// <param name="Reason">The outcome's reason.</param>
/// <param name="Errors">What is wrong where: a JSON Pointer into the command, and a sentence.</param>
internal sealed record Refusal(Guid CommandId, string CaseReference, string Outcome, string Reason, IReadOnlyList<FieldError> Errors)
{
    public static Refusal Read(JsonElement root, Guid commandId, string outcome, string reason) => new(
        commandId,
        OutcomeDelivery.TextOf(root, "caseReference") ?? "",
        outcome,
        reason,
        outcome is "conflicted" ? [ExplainConflict(root, reason)] : [.. ErrorsOf(root)]);

    private static IEnumerable<FieldError> ErrorsOf(JsonElement root) =>
        root.TryGetProperty("errors", out var errors) && errors.ValueKind is JsonValueKind.Array
            ? errors.EnumerateArray().Where(error => error.ValueKind is JsonValueKind.Object)
                .Select(error => new FieldError(OutcomeDelivery.TextOf(error, "path") ?? "", OutcomeDelivery.TextOf(error, "message") ?? ""))
            : [];

    private static FieldError ExplainConflict(JsonElement root, string reason) => reason switch
    {
        ConflictReasons.Version => new("/proposedVersion", $"Proposed version {NumberOf(root, "proposedVersion")}; the case has version {NumberOf(root, "currentVersion")}."),
        ConflictReasons.Nonce => new("/proposedNonce", $"Proposed nonce {NumberOf(root, "proposedNonce")}; the case has nonce {NumberOf(root, "currentNonce")}."),
        ConflictReasons.CaseExists => new("/caseReference", "The case exists already."),
        _ => new("", $"Conflict: {reason}."),
    };

    private static string NumberOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : "?";
}
