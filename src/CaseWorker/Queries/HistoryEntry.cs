using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Persistence;

namespace CaseWorker.Queries;

/// <summary>One line of a case's history; what does not apply to its kind is null.</summary>
internal sealed record HistoryEntry
{
    /// <summary><c>event</c>, <c>conflicted</c>, <c>rejected</c>, <c>dead-letter</c> or <c>operator</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>When it happened, by the database's clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The event's number in its case.</summary>
    public long? Nonce { get; init; }

    /// <summary>The event's number in the whole store.</summary>
    public long? GlobalNonce { get; init; }

    /// <summary>The action that the command or the operator asked for.</summary>
    public string? Action { get; init; }

    /// <summary>Who asked.</summary>
    public string? Actor { get; init; }

    /// <summary>The command.</summary>
    public Guid? CommandId { get; init; }

    /// <summary>The version of the case after it.</summary>
    public long? Version { get; init; }

    /// <summary>Whether the JSON really changed.</summary>
    public bool? Changed { get; init; }

    /// <summary>The command's body.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>The recorded outcome of a refusal.</summary>
    [JsonIgnore]
    public CaseOutcome? Refusal { get; init; }

    /// <summary>The same for programs: as an object it is written with all its own fields.</summary>
    public object? Outcome => Refusal;

    /// <summary>The entry in one line.</summary>
    [JsonIgnore]
    public string Summary => this switch
    {
        { Refusal: CaseConflicted conflicted } => Conflict(conflicted),
        { Refusal: CaseRejected rejected } => $"{rejected.Action} {rejected.Reason}: {string.Join(" ", rejected.Errors.Select(error => $"{error.Path} {error.Message}".Trim()))}",
        { Kind: "operator" } => $"{Action}: {Detail}{(string.IsNullOrEmpty(Reason) ? "" : $" ({Reason})")}",
        { Kind: "dead-letter" } => $"{State}: {Detail}",
        { Action: CaseActions.NoteAdd, Body: { } note } when note.TryGetProperty("body", out var text) => text.ToString(),
        { Body: { ValueKind: JsonValueKind.Object } body } => string.Join(", ", body.EnumerateObject().Take(12).Select(property => $"{property.Name}: {property.Value}")),
        { Body: { } body } => body.GetRawText(),
        _ => "",
    };

    /// <summary>Why: a conflict's or rejection's reason, or the operator's.</summary>
    public string? Reason { get; init; }

    /// <summary>What happened, in a sentence; of dead letters and operator actions.</summary>
    public string? Detail { get; init; }

    /// <summary>The state of a dead letter.</summary>
    public string? State { get; init; }

    /// <summary>The dead letter's number.</summary>
    [JsonPropertyName("letter")]
    public long? DeadLetter { get; init; }

    /// <summary>Why the message is a dead letter.</summary>
    [JsonPropertyName("letterKind")]
    public string? DeadLetterKind { get; init; }

    /// <summary>Where it stands among what has the same time: a batch records all its commands at one instant.</summary>
    [JsonIgnore]
    public long Position { get; init; } = long.MaxValue;

    /// <summary>The number of the audit's entry.</summary>
    [JsonIgnore]
    public long AuditId { get; init; }

    public static HistoryEntry Of(CaseEvent row) => new()
    {
        Kind = "event",
        At = row.RecordedAt,
        Nonce = row.Nonce,
        GlobalNonce = row.GlobalNonce,
        Action = row.Action,
        Actor = row.Actor,
        CommandId = row.CommandId,
        Version = row.Version,
        Changed = row.Changed,
        Body = JsonElement.Parse(row.Body, new JsonDocumentOptions { MaxDepth = JsonLimits.MaxDepth + 1 }),
        Position = row.Nonce,
    };

    public static HistoryEntry Of(CommandRefusal row)
    {
        var refusal = OutcomeJson.ReadRefusal(row.Outcome, row.Published);
        return new()
        {
            Kind = row.Outcome,
            At = row.RecordedAt,
            Action = row.Action,
            Actor = refusal.Actor,
            CommandId = row.CommandId,
            Reason = row.Reason,
            Refusal = refusal,
            Position = refusal switch
            {
                CaseConflicted conflicted => conflicted.CurrentNonce,
                CaseRejected rejected => rejected.CurrentNonce ?? 0,
                _ => long.MaxValue,
            },
        };
    }

    public static HistoryEntry Of(HistoryDeadLetter row) => new()
    {
        Kind = "dead-letter",
        At = row.ReceivedAt,
        Action = row.Action,
        CommandId = row.CommandId,
        Reason = row.Reason,
        Detail = row.Detail,
        State = row.State,
        DeadLetter = row.Id,
        DeadLetterKind = row.Kind,
    };

    public static HistoryEntry Of(HistoryOperatorAction row) => new()
    {
        Kind = "operator",
        At = row.At,
        Action = row.Action,
        Actor = row.Operator,
        Reason = row.Reason,
        Detail = row.Result,
        AuditId = row.Id,
    };

    private static string Conflict(CaseConflicted conflicted) => conflicted switch
    {
        { Reason: ConflictReasons.CaseExists } => $"{conflicted.Action}: the case was there already",
        { Reason: ConflictReasons.Nonce } => $"{conflicted.Action} proposed nonce {conflicted.ProposedNonce} after {conflicted.CurrentNonce}{By(conflicted)}",
        _ => $"{conflicted.Action} proposed version {conflicted.ProposedVersion} after {conflicted.CurrentVersion}{By(conflicted)}",
    };

    private static string By(CaseConflicted conflicted) =>
        conflicted.LastEvent is { } last ? $" (last: {last.Action} by {last.Actor ?? "somebody"})" : "";
}
