using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Handles outcomes, one at a time. Accepted outcomes of a case arrive once each, in the order of their nonces, without gaps; all others
/// arrive once each. Register an implementation with <c>AddOutcomeHandler</c>.
/// </summary>
public interface IOutcomeHandler
{
    /// <summary>
    /// Handles one outcome. When it returns, its effect and the subscriber's position are committed together, if the positions are stored in
    /// the same database. When it throws, nothing is committed: it is called again with the same outcome after a delay, until it succeeds,
    /// and later outcomes wait.
    /// </summary>
    /// <param name="outcome">The outcome of a command.</param>
    /// <param name="context">How the outcome arrived.</param>
    /// <param name="cancellationToken">Cancelled when the application stops and its shutdown time is over.</param>
    Task HandleAsync(CaseOutcome outcome, OutcomeContext context, CancellationToken cancellationToken);
}

/// <summary>How an outcome arrived at its handler.</summary>
/// <param name="Subscriber">The name of the queue. Positions are stored under it.</param>
/// <param name="IsBackfilled">Whether the outcome was read from the case's events because its message had not arrived.</param>
/// <param name="Attempt">The number of this attempt since this process received the message: 1, 2, 3 …</param>
public sealed record OutcomeContext(string Subscriber, bool IsBackfilled, int Attempt);
