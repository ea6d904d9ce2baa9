using System.Text.Json.Serialization;

namespace CaseWorker.CommandLine.Checks;

/// <summary>What a check found.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status">Whether it is right.</param>
/// <param name="Text">What is there.</param>
/// <param name="Advice">What to do about it; null if nothing is to be done.</param>
internal sealed record Finding(string Name, FindingStatus Status, string Text, string? Advice = null)
{
    public static Finding Good(string name, string text) => new(name, FindingStatus.Ok, text);

    public static Finding Odd(string name, string text, string advice) => new(name, FindingStatus.Warning, text, advice);

    public static Finding Bad(string name, string text, string advice) => new(name, FindingStatus.Failed, text, advice);
}

[JsonConverter(typeof(JsonStringEnumConverter<FindingStatus>))]
internal enum FindingStatus
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>The worker can work, but somebody should look.</summary>
    [JsonStringEnumMemberName("warning")]
    Warning,

    [JsonStringEnumMemberName("failed")]
    Failed,
}
