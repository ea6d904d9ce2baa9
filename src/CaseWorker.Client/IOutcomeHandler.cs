using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Handles outcomes, one at a time: the accepted ones of a case each once and in the order of their nonces, without a gap; the others each
/// once, by their outcome id. Register it with <c>AddOutcomeHandler</c>.
/// </summary>
public interface IOutcomeHandler
{
    /// <summary>
    /// Handles one outcome. When it returns, its effect and the subscriber's new position are committed together, where the positions are
    /// kept in the same database. When it throws, nothing is kept: it is called again with the same outcome after a pause, for as long as it
    /// takes, and what comes after the outcome waits.
    /// </summary>
    /// <param name="outcome">What became of a command.</param>
    /// <param name="context">How the outcome came.</param>
    /// <param name="cancellationToken">Fires when the application stops and does not wait any longer.</param>
    Task HandleAsync(CaseOutcome outcome, OutcomeContext context, CancellationToken cancellationToken);
}

/// <summary>How an outcome came to its handler.</summary>
/// <param name="Subscriber">The queue's name, which the positions are kept under.</param>
/// <param name="IsFilled">Whether it was read from the case's events, since its message had not come.</param>
/// <param name="Attempt">Which attempt this is, since this process took the message: 1, 2, 3 …</param>
public sealed record OutcomeContext(string Subscriber, bool IsFilled, int Attempt);
