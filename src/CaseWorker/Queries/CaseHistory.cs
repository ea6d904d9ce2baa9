using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Queries;

/// <summary>Everything that was asked of one case, in the order of time.</summary>
/// <param name="Reference">The case.</param>
/// <param name="Entries">Oldest first.</param>
/// <param name="IsCut">Whether there are older entries.</param>
public sealed record CaseHistory(long Reference, IReadOnlyList<HistoryEntry> Entries, bool IsCut)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = JsonLimits.MaxDepth + 4,
    };

    internal static async Task<CaseHistory> ReadAsync(CaseWorkerDbContext context, long reference, int limit, CancellationToken cancellationToken)
    {
        // One snapshot, and one more of each kind than is shown: so it is known whether something was cut.
        await using var transaction = await context.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var events = await context.Events.Where(row => row.CaseReference == reference)
            .OrderByDescending(row => row.Nonce).Take(limit + 1).ToListAsync(cancellationToken);
        var refusals = await context.Refusals.Where(row => row.CaseReference == reference)
            .OrderByDescending(row => row.RecordedAt).Take(limit + 1).ToListAsync(cancellationToken);
        var deadLetters = await context.Database.SqlQuery<HistoryDeadLetter>(
            $"""
            SELECT id AS "Id", kind AS "Kind", state AS "State", reason AS "Reason", detail AS "Detail", command_id AS "CommandId", action AS "Action", received_at AS "ReceivedAt"
            FROM dead_letters WHERE case_reference = {reference} ORDER BY id DESC LIMIT {limit + 1}
            """).ToListAsync(cancellationToken);
        var actions = await context.Database.SqlQuery<HistoryOperatorAction>(
            $"""
            SELECT id AS "Id", at AS "At", operator AS "Operator", action AS "Action", reason AS "Reason", result AS "Result" FROM operator_audit
            WHERE ids && (SELECT array_agg(id) FROM dead_letters WHERE case_reference = {reference}) ORDER BY id DESC LIMIT {limit + 1}
            """).ToListAsync(cancellationToken);

        var all = events.Select(HistoryEntry.Of).Concat(refusals.Select(HistoryEntry.Of)).Concat(deadLetters.Select(HistoryEntry.Of)).Concat(actions.Select(HistoryEntry.Of))
            .OrderBy(entry => entry.At).ThenBy(entry => entry.Position).ThenBy(entry => entry.Kind is not "event")
            .ToList();
        return new CaseHistory(reference, all.Count > limit ? all[^limit..] : all, all.Count > limit);
    }

    /// <summary>Prints the history as one JSON object.</summary>
    public void WriteJson() => System.Console.WriteLine(JsonSerializer.Serialize(
        new { reference = Reference.ToString(CultureInfo.InvariantCulture), isCut = IsCut, entries = Entries },
        Json));
}

/// <summary>One line of a case's history; what does not apply to its kind is null.</summary>
public sealed record HistoryEntry
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

    internal static HistoryEntry Of(CaseEvent row) => new()
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

    internal static HistoryEntry Of(CommandRefusal row)
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

    internal static HistoryEntry Of(HistoryDeadLetter row) => new()
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

    internal static HistoryEntry Of(HistoryOperatorAction row) => new()
    {
        Kind = "operator",
        At = row.At,
        Action = row.Action,
        Actor = row.Operator,
        Reason = row.Reason,
        Detail = row.Result,
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

/// <summary>A dead letter without its bytes.</summary>
internal sealed record HistoryDeadLetter(long Id, string Kind, string State, string Reason, string Detail, Guid? CommandId, string? Action, DateTimeOffset ReceivedAt);

/// <summary>What an operator did with dead letters of the case.</summary>
internal sealed record HistoryOperatorAction(long Id, DateTimeOffset At, string Operator, string Action, string? Reason, string Result);
