using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Http;

namespace CaseWorker.AspNetCore.Api;

/// <summary>A string in the query: one definition reads it and describes it in the OpenAPI document.</summary>
/// <param name="Name">Its name in the query.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Values">What it may be; empty if it may be anything.</param>
internal sealed record QueryText(string Name, string Description, IReadOnlyList<string> Values)
{
    /// <summary>The state that stands for every state.</summary>
    public const string All = "all";

    public static QueryText Case { get; } = new("case", "Those of one case.", []);

    public static QueryText Action { get; } = new("action", "Those of one action, such as note.add.", []);

    public static QueryText Kind { get; } = new("kind", "Those of one kind.", DeadLetterKinds.All);

    public static QueryText State { get; } = new("state", "Those in one state, or in all; open where it is not given.", [.. DeadLetterStates.All, All]);

    public static QueryText Reason { get; } = new("reason", "Those with exactly this reason.", []);

    public static QueryText Error { get; } = new("error", "Those whose reason or description contains this text, in upper or lower case.", []);

    public static QueryText Since { get; } = new("since", "Those received at this time or later, such as 2026-11-23T09:30:00Z.", []);

    public static QueryText Until { get; } = new("until", "Those received before this time.", []);

    public static QueryText AfterCommand { get; } = new("afterCommand", "The commandId of the event \"after\". If that number belongs to another command now, the answer is 410: the database was restored.", []);

    /// <summary>Null if it is not given, or empty.</summary>
    /// <exception cref="ProblemException">It is none of its values.</exception>
    public string? Find(HttpRequest request)
    {
        var given = CleanText.Of(request.Query[Name].ToString(), JsonLimits.MaxNameLength);
        if (given.Length == 0)
        {
            return null;
        }

        return Values.Count == 0 || Values.Contains(given, StringComparer.Ordinal)
            ? given
            : throw Problem.Invalid($"The query parameter \"{Name}\" is one of {string.Join(", ", Values)}.");
    }

    /// <summary>Null if it is not given, or empty.</summary>
    /// <exception cref="ProblemException">It is no UUID.</exception>
    public Guid? FindId(HttpRequest request) => Find(request) switch
    {
        null => null,
        var given when Guid.TryParseExact(given, "D", out var id) => id,
        _ => throw Problem.Invalid($"The query parameter \"{Name}\" takes a UUID, such as 9f677f53-0a93-4a43-a5ec-1ec202813a47."),
    };
}
