using System.Globalization;
using CaseWorker.Contracts;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>Which dead letters, as the address says it. What is empty does not matter.</summary>
public sealed record DeadLetterFilterForm
{
    public static readonly IReadOnlyList<string> Views = ["cases", "fingerprints", "list"];

    private const string All = "all";

    private static readonly string[] NumberFields = ["id", "after"];

    public string View { get; init; } = Views[0];

    public string Case { get; init; } = "";

    public string Action { get; init; } = "";

    public string Kind { get; init; } = "";

    /// <summary>One of the states, or <c>all</c>.</summary>
    public string State { get; init; } = DeadLetterStates.Open;

    public string Error { get; init; } = "";

    public string Since { get; init; } = "";

    public string Until { get; init; } = "";

    /// <summary>Of dead letters that failed in the same way.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>One dead letter.</summary>
    public long? Id { get; init; }

    /// <summary>Only those behind this one: the next page.</summary>
    public long After { get; init; }

    /// <summary>Why a value of the address cannot be understood; null if all can.</summary>
    public string? Misread { get; init; }

    /// <summary>What of the address cannot be used; null if everything can.</summary>
    public string? Problem => this switch
    {
        { Misread: { } misread } => misread,
        { Case.Length: > 0 } when !CaseReferenceConverter.TryParse(Case, out _) => $"\"{SafeText.OneLine(Case, 40)}\" is not a case reference. A case reference is a whole number such as 1600000000000010.",
        { Since.Length: > 0 } when InstantOf(Since) is null => $"\"{SafeText.OneLine(Since, 40)}\" is no time. Write UTC as 2026-11-23 09:30.",
        { Until.Length: > 0 } when InstantOf(Until) is null => $"\"{SafeText.OneLine(Until, 40)}\" is no time. Write UTC as 2026-11-23 09:30.",
        _ => null,
    };

    /// <summary>The fingerprint as the search takes it.</summary>
    internal string? Cause => NullOf(Fingerprint);

    internal DeadLetterQuery Filter => new()
    {
        Case = CaseReferenceConverter.TryParse(Case, out var reference) ? reference : null,
        Action = NullOf(Action),
        Kind = NullOf(Kind),
        State = State is All ? null : NullOf(State),
        Error = NullOf(Error),
        Since = InstantOf(Since),
        Until = InstantOf(Until),
        Ids = Id is { } id ? [id] : null,
    };

    internal static DeadLetterFilterForm Of(IQueryCollection query)
    {
        string Text(string name) => CleanText.Of(query[name].ToString(), 200).Trim();
        return new DeadLetterFilterForm
        {
            Misread = MisreadOf(Text),
            View = Views.Contains(Text("view"), StringComparer.Ordinal) ? Text("view") : Views[0],
            Case = Text("case"),
            Action = Text("action"),
            Kind = DeadLetterKinds.All.Contains(Text("kind"), StringComparer.Ordinal) ? Text("kind") : "",
            State = Text("state") is var state && (state is All || DeadLetterStates.All.Contains(state, StringComparer.Ordinal)) ? state : DeadLetterStates.Open,
            Error = Text("error"),
            Since = Text("since"),
            Until = Text("until"),
            Fingerprint = Text("fingerprint"),
            Id = long.TryParse(Text("id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null,
            After = long.TryParse(Text("after"), NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : 0,
        };
    }

    private static string? MisreadOf(Func<string, string> text)
    {
        (string Name, IReadOnlyList<string> Values)[] closed = [("view", Views), ("kind", DeadLetterKinds.All), ("state", [.. DeadLetterStates.All, All])];
        return closed.Where(field => text(field.Name).Length > 0 && !field.Values.Contains(text(field.Name), StringComparer.Ordinal))
            .Select(field => $"\"{SafeText.OneLine(text(field.Name), 40)}\" is not a {field.Name}. Choose one of {string.Join(", ", field.Values)}.")
            .Concat(NumberFields.Where(name => text(name).Length > 0 && !long.TryParse(text(name), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .Select(name => $"\"{SafeText.OneLine(text(name), 40)}\" is not the number of a dead letter."))
            .FirstOrDefault();
    }

    /// <summary>The same selection at another address.</summary>
    public string At(string path)
    {
        var parts = new Dictionary<string, string?>(StringComparer.Ordinal);
        void Add(string name, string value, string normal = "")
        {
            if (!string.Equals(value, normal, StringComparison.Ordinal))
            {
                parts[name] = value;
            }
        }

        Add("view", View, Views[0]);
        Add("case", Case);
        Add("action", Action);
        Add("kind", Kind);
        Add("state", State, DeadLetterStates.Open);
        Add("error", Error);
        Add("since", Since);
        Add("until", Until);
        Add("fingerprint", Fingerprint);
        Add("id", Id?.ToString(CultureInfo.InvariantCulture) ?? "");
        Add("after", After.ToString(CultureInfo.InvariantCulture), "0");
        return QueryHelpers.AddQueryString(path, parts);
    }

    private static string? NullOf(string text) => text.Length > 0 ? text : null;

    private static DateTimeOffset? InstantOf(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
