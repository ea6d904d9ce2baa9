namespace CaseWorker.Client;

/// <summary>
/// Where a subscriber keeps what it has handled. Made for each outcome in a scope of its own, from which the handler comes too; so both can
/// share a database context, and with it a transaction.
/// </summary>
public interface IOutcomePositions
{
    /// <summary>The nonce of the last accepted outcome of this case that was handled; null where none was.</summary>
    /// <param name="subscriber">The subscriber's name.</param>
    /// <param name="caseReference">The case's key.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    Task<long?> LastNonceAsync(string subscriber, long caseReference, CancellationToken cancellationToken);

    /// <summary>
    /// Runs the handler and moves the case's position on, in one transaction where there are transactions. It does neither, and returns
    /// false, where the position is not the expected one any more: another instance of the subscriber was here.
    /// </summary>
    /// <param name="step">From where to where.</param>
    /// <param name="handle">Calls the handler. What it throws leaves the position as it was.</param>
    /// <param name="cancellationToken">Ends it; then nothing is kept.</param>
    Task<bool> AdvanceAsync(CaseStep step, Func<CancellationToken, Task> handle, CancellationToken cancellationToken);

    /// <summary>
    /// Runs the handler and keeps the outcome's id, in one transaction where there are transactions. It does neither, and returns false,
    /// where the id was kept before.
    /// </summary>
    /// <param name="mark">What to keep.</param>
    /// <param name="handle">Calls the handler. What it throws leaves the id unknown.</param>
    /// <param name="cancellationToken">Ends it; then nothing is kept.</param>
    Task<bool> HandleOnceAsync(OutcomeMark mark, Func<CancellationToken, Task> handle, CancellationToken cancellationToken);

    /// <summary>Forgets the ids that were kept before a time. The positions of cases are never forgotten.</summary>
    /// <param name="subscriber">The subscriber's name.</param>
    /// <param name="before">What was handled before this is forgotten.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task ForgetAsync(string subscriber, DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>A step of a subscriber in a case.</summary>
/// <param name="Subscriber">The subscriber's name.</param>
/// <param name="CaseReference">The case's key.</param>
/// <param name="From">The last nonce that was handled; null where none was.</param>
/// <param name="To">The nonce that is handled now.</param>
public sealed record CaseStep(string Subscriber, long CaseReference, long? From, long To);

/// <summary>An outcome that has no nonce, and when it is handled.</summary>
/// <param name="Subscriber">The subscriber's name.</param>
/// <param name="OutcomeId">The outcome's id.</param>
/// <param name="HandledAt">By the subscriber's clock.</param>
public sealed record OutcomeMark(string Subscriber, Guid OutcomeId, DateTimeOffset HandledAt);
