using System.Text.Json;

namespace CaseWorker.Client;

/// <summary>Which number an update proposes, and so which other changes it conflicts with.</summary>
public enum UpdateProposal
{
    /// <summary>The version that was read, plus one. The update conflicts only with other changes of the case's JSON.</summary>
    Version,

    /// <summary>The nonce that was read, plus one. The update conflicts with every other event of the case, including notes.</summary>
    Nonce,
}

/// <summary>Options of an update.</summary>
public sealed record CaseUpdateOptions
{
    /// <summary>Which number is proposed; the version by default.</summary>
    public UpdateProposal Proposal { get; init; }

    /// <summary>The largest number of attempts, 1 or more, 200 by default. One attempt reads the case, calls the change and submits the result.</summary>
    public int MaxAttempts { get; init; } = 200;

    /// <summary>How long all attempts together may take: more than zero, at most one day, 2 minutes by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long to wait for the outcome of an attempt before the same command is submitted again: more than zero, 15 seconds by default.
    /// </summary>
    public TimeSpan OutcomeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Who makes the change, at most 256 characters. It is recorded with the event.</summary>
    public string? Actor { get; init; }

    /// <summary>The correlation id of all attempts, at most 256 characters; a new one by default. Each attempt has a command id of its own.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Options for reading and writing a typed case; System.Text.Json's web defaults (camelCase) by default.</summary>
    public JsonSerializerOptions? Json { get; init; }
}
