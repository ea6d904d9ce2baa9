using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Contracts;
using CaseWorker.DeadLetters;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Http;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Which dead letters a request means; what is left out does not matter.</summary>
internal record DeadLetterSelection
{
    /// <summary>An unknown field is refused: a filter that is mistyped must not become one that finds everything.</summary>
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        MaxDepth = JsonLimits.MaxDepth * 2,
    };

    [JsonConverter(typeof(CaseReferenceConverter))]
    public long? Case { get; init; }

    public string? Action { get; init; }

    public string? Kind { get; init; }

    /// <summary>Exactly this reason of the dead letters; <c>reason</c> is the operator's.</summary>
    public string? FailureReason { get; init; }

    public string? Error { get; init; }

    public string? Since { get; init; }

    public string? Until { get; init; }

    public IReadOnlyList<long>? Ids { get; init; }

    [JsonIgnore]
    public bool IsEverything => this is { Case: null, Action: null, Kind: null, FailureReason: null, Error: null, Since: null, Until: null, Ids: null };

    /// <param name="state">In this state; null for all.</param>
    /// <exception cref="ProblemException">A part of it cannot be.</exception>
    public DeadLetterQuery ToFilter(string? state) => new()
    {
        Case = Case,
        Action = Clean(Action),
        Kind = Kind is null || DeadLetterKinds.All.Contains(Kind, StringComparer.Ordinal) ? Kind : throw Problem.Invalid($"The kind is one of {string.Join(", ", DeadLetterKinds.All)}."),
        Reason = Clean(FailureReason),
        Error = Clean(Error),
        Since = Instant("since", Since),
        Until = Instant("until", Until),
        State = state,
        Ids = Ids,
    };

    /// <summary>As the address says it.</summary>
    /// <exception cref="ProblemException">A part of it cannot be.</exception>
    public static DeadLetterQuery Read(HttpRequest request)
    {
        var choice = new DeadLetterSelection
        {
            Case = QueryText.Case.Find(request) is { } reference ? CaseEndpoints.ReadReference(reference) : null,
            Action = QueryText.Action.Find(request),
            Kind = QueryText.Kind.Find(request),
            FailureReason = QueryText.Reason.Find(request),
            Error = QueryText.Error.Find(request),
            Since = QueryText.Since.Find(request),
            Until = QueryText.Until.Find(request),
        };
        return choice.ToFilter(QueryText.State.Find(request) switch
        {
            null => DeadLetterStates.Open,
            QueryText.All => null,
            var state => state,
        });
    }

    /// <summary>A posted body.</summary>
    /// <exception cref="ProblemException">It is not JSON object, or has a field that is unknown or of the wrong kind.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request)
        where T : class
    {
        var json = await PostedCommand.ReadAsync(request);
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException();
        }
        catch (JsonException error)
        {
            throw Problem.Invalid(error.Path is { Length: > 1 } path
                ? $"The field {CleanText.Of(path, 100)} is not known here, or its value is of the wrong kind. GET /openapi/v1.json describes the fields."
                : "The body is not the JSON object that is wanted. GET /openapi/v1.json describes its fields.");
        }
    }

    private static string? Clean(string? text) => text is null ? null : CleanText.Of(text, JsonLimits.MaxNameLength);

    private static DateTimeOffset? Instant(string name, string? text)
    {
        if (text is null)
        {
            return null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw Problem.Invalid($"\"{name}\" takes a time such as 2026-11-23T09:30:00Z.");
    }
}

/// <summary>What is to be tried.</summary>
internal sealed record PreviewRequest : DeadLetterSelection
{
    /// <summary>Under new ids, with proposals of now.</summary>
    public bool Rebase { get; init; }
}

/// <summary>What is to be done, and why.</summary>
internal sealed record OperatorActionRequest : DeadLetterSelection
{
    /// <summary>Why; kept in the audit. Required.</summary>
    public string? Reason { get; init; }

    /// <summary>Answers the count, and does nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>How many the caller believes it to be; another count does nothing.</summary>
    public long? Expect { get; init; }
}

/// <summary>Another body for a dead letter's command.</summary>
internal sealed record EditRequest
{
    /// <summary>Why; kept in the audit. Required.</summary>
    public string? Reason { get; init; }

    /// <summary>The whole new body. Required.</summary>
    public JsonElement Body { get; init; }

    /// <summary>With proposals of now; else they stay.</summary>
    public bool Rebase { get; init; }

    /// <summary>Answers both bodies, and does nothing.</summary>
    public bool DryRun { get; init; }
}

/// <summary>Why a job is to stop.</summary>
internal sealed record CancelRequest
{
    /// <summary>Why; kept in the audit. Required.</summary>
    public string? Reason { get; init; }
}
