using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Reads cases. The client's own reader asks the worker's HTTP API (<see cref="CaseWorkerClientOptions.Api"/>); register another one before
/// <c>AddCaseWorkerClient</c> to read in another way. It must read what is committed, never an older copy: an update that reads behind its
/// conflict conflicts again.
/// </summary>
public interface ICaseReader
{
    /// <summary>The case as it stands; null where there is none.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CaseReaderException">It could not be read.</exception>
    Task<CaseSnapshot?> FindAsync(long caseReference, CancellationToken cancellationToken);

    /// <summary>The case's events after one, in the order of their nonces. None for a case that does not exist.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="afterNonce">The nonce after which to read, 0 or more; 0 for all.</param>
    /// <param name="limit">How many at most, 1 to 500; fewer may come although there are more.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="CaseReaderException">They could not be read.</exception>
    Task<IReadOnlyList<FeedEvent>> EventsAsync(long caseReference, long afterNonce, int limit, CancellationToken cancellationToken);
}

/// <summary>A case could not be read. The message says why and what to do.</summary>
/// <param name="message">What happened, to which case, and what to do.</param>
/// <param name="isTransient">Whether the same reading may succeed later.</param>
/// <param name="cause">What was thrown, where something was.</param>
public sealed class CaseReaderException(string message, bool isTransient, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether the same reading may succeed later, without any change: the client tries such a one again.</summary>
    public bool IsTransient { get; } = isTransient;
}
