using System.Text.Json;
using System.Text.Json.Serialization;

namespace CaseWorker.DeadLetters;

/// <summary>Which dead letters; what is null does not matter.</summary>
internal sealed record DeadLetterQuery
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public long? Case { get; init; }

    public string? Action { get; init; }

    /// <summary>The word for programs, whole.</summary>
    public string? Reason { get; init; }

    /// <summary>Part of the reason or of the sentence that says what happened; upper and lower case are the same.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    public string? State { get; init; }

    public string? Kind { get; init; }

    public IReadOnlyList<long>? Ids { get; init; }

    /// <summary>As the audit keeps it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options);

    /// <summary>The parameters of <see cref="DeadLetterSql.Matches"/>, in order.</summary>
    internal object?[] Parameters => [Case, Action, Error, Since?.ToUniversalTime(), Until?.ToUniversalTime(), State, Kind, Ids?.ToArray(), Reason];
}
