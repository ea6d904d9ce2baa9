using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Reads cases and their events. The default reader uses the worker's HTTP API (<see cref="CaseWorkerClientOptions.Api"/>). To read in
/// another way, register an implementation before <c>AddCaseWorkerClient</c>. It must read committed data and never a stale copy: an update
/// that reads a state older than its conflict conflicts again.
/// </summary>
public interface ICaseReader
{
    /// <summary>Reads the current state of a case.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The case; null if it does not exist.</returns>
    /// <exception cref="CaseReaderException">The case could not be read.</exception>
    Task<CaseSnapshot?> FindAsync(long caseReference, CancellationToken cancellationToken);

    /// <summary>Reads a case's events after a nonce, in the order of their nonces.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="afterNonce">The nonce of the last event to skip; 0 to read from the first event.</param>
    /// <param name="limit">The largest number of events, 1 to 500. Fewer may be returned although more exist.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The events; empty if there are no more, or the case does not exist.</returns>
    /// <exception cref="CaseReaderException">The events could not be read.</exception>
    Task<IReadOnlyList<FeedEvent>> EventsAsync(long caseReference, long afterNonce, int limit, CancellationToken cancellationToken);
}

/// <summary>The exception that is thrown when a case cannot be read. The message says why and what to do.</summary>
/// <param name="message">What happened, to which case, and what to do.</param>
/// <param name="isTransient">Whether the same read may succeed later.</param>
/// <param name="cause">The inner exception; null if there is none.</param>
public sealed class CaseReaderException(string message, bool isTransient, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether the same read may succeed later without any change. The client retries such a read.</summary>
    public bool IsTransient { get; } = isTransient;
}
