using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Queries;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>A page of a case's history.</summary>
/// <param name="Entries">Newest first.</param>
/// <param name="NewestAddress">Null on the newest page.</param>
/// <param name="NewerAddress">Null if nothing is newer.</param>
/// <param name="OlderAddress">Null if nothing is older.</param>
/// <param name="OldestAddress">Null if nothing is older.</param>
public sealed record TimelineView(IReadOnlyList<TimelineEntry> Entries, string? NewestAddress, string? NewerAddress, string? OlderAddress, string? OldestAddress)
{
    /// <summary>In place of a position: the oldest page.</summary>
    public const string Oldest = "0";

    public bool HasPages => NewerAddress is not null || OlderAddress is not null;

    internal static TimelineView Of(CaseHistory history, string address) => new(
        [.. history.Entries.Reverse().Select(TimelineEntry.Of)],
        history.Newer is null ? null : address,
        history.Newer is { } newer ? $"{address}?after={newer}" : null,
        history.Older is { } older ? $"{address}?before={older}" : null,
        history.Older is null ? null : $"{address}?after={Oldest}");
}

/// <summary>One entry of a case's history, as the page shows it.</summary>
/// <param name="Word">What became of it.</param>
/// <param name="Tone">Its colour.</param>
/// <param name="DeadLetter">The dead letter's number; null if it is none.</param>
/// <param name="Numbers">Its numbers in the case and in the store; empty if it has none.</param>
/// <param name="Summary">What it says, in one line.</param>
/// <param name="Body">The command's body; null if the summary says it whole.</param>
/// <param name="Nonce">The event's number; null if it is none.</param>
public sealed record TimelineEntry(DateTimeOffset At, string Word, string Tone, long? DeadLetter, string? Action, string? Actor, string Numbers, string Summary, JsonElement? Body, long? Nonce)
{
    internal static TimelineEntry Of(HistoryEntry entry) => new(
        entry.At,
        WordOf(entry),
        ToneOf(entry),
        entry.DeadLetter,
        entry.Action,
        entry.Actor,
        NumbersOf(entry),
        entry.Summary,
        entry.Action is CaseActions.NoteAdd ? null : entry.Body,
        entry.Nonce);

    private static string WordOf(HistoryEntry entry) => entry.Kind switch
    {
        "event" => "accepted",
        "dead-letter" => entry.DeadLetterKind ?? "dead letter",
        _ => entry.Kind,
    };

    private static string ToneOf(HistoryEntry entry) => entry.Kind switch
    {
        "event" => "good",
        "operator" => "neutral",
        "conflicted" => "warn",
        _ => entry.DeadLetterKind is "held" ? "warn" : "bad",
    };

    private static string NumbersOf(HistoryEntry entry) => entry.Nonce is { } nonce
        ? string.Create(CultureInfo.InvariantCulture, $"event {nonce}, version {entry.Version}{(entry.Changed is true ? "" : " (JSON unchanged)")}, #{entry.GlobalNonce} in the store")
        : "";
}
