using System.Text.Json;

namespace CaseWorker.Client;

/// <summary>What an update proposes.</summary>
public enum UpdateProposal
{
    /// <summary>The version after the one that was read: it conflicts with changes of the case's JSON only.</summary>
    Version,

    /// <summary>The nonce after the one that was read: it conflicts with everything that happens in the case meanwhile, notes too.</summary>
    Nonce,
}

/// <summary>How a case is updated.</summary>
public sealed record CaseUpdateOptions
{
    /// <summary>What is proposed; the version where nothing else is said.</summary>
    public UpdateProposal Proposal { get; init; }

    /// <summary>How often the change is proposed before it is given up, 1 or more, default 200: the time-out comes first. One attempt reads, changes and submits.</summary>
    public int AttemptLimit { get; init; } = 200;

    /// <summary>How long all of it may take, more than zero, at most one day, default 2 minutes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long one outcome is awaited before the same command is asked for again with the same command id, more than zero, default 15
    /// seconds.
    /// </summary>
    public TimeSpan OutcomeTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Who asks, at most 256 characters.</summary>
    public string? Actor { get; init; }

    /// <summary>The thread through all attempts, at most 256 characters; a new one where it is not given. The command ids differ.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>How a typed blob is read and written; System.Text.Json's web defaults (camelCase) where it is not given.</summary>
    public JsonSerializerOptions? Json { get; init; }
}
