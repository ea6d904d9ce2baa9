namespace CaseWorker.Client;

/// <summary>
/// Stores which outcomes a subscriber has handled. It is resolved for each outcome from the same scope as the handler, so that both can share
/// a database context and its transaction.
/// </summary>
public interface IOutcomePositions
{
    /// <summary>Reads the nonce of the last accepted outcome of a case that was handled.</summary>
    /// <param name="subscriber">The subscriber's name.</param>
    /// <param name="caseReference">The case's key.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The nonce; null if none was handled.</returns>
    Task<long?> LastNonceAsync(string subscriber, long caseReference, CancellationToken cancellationToken);

    /// <summary>
    /// Calls the handler and advances the case's position, in one transaction if the store has transactions. If the position is not the
    /// expected one, because another instance of the subscriber has advanced it, nothing happens.
    /// </summary>
    /// <param name="step">The expected position and the new one.</param>
    /// <param name="handle">Calls the handler. If it throws, the position must not change.</param>
    /// <param name="cancellationToken">Cancels the step. The position must then not change.</param>
    /// <returns>False if the position was not the expected one.</returns>
    Task<bool> AdvanceAsync(CaseStep step, Func<CancellationToken, Task> handle, CancellationToken cancellationToken);

    /// <summary>
    /// Calls the handler and stores the outcome's id, in one transaction if the store has transactions. If the id is stored already, nothing
    /// happens.
    /// </summary>
    /// <param name="mark">The id, and when it is handled.</param>
    /// <param name="handle">Calls the handler. If it throws, the id must not be stored.</param>
    /// <param name="cancellationToken">Cancels the step. The id must then not be stored.</param>
    /// <returns>False if the id was stored already.</returns>
    Task<bool> HandleOnceAsync(OutcomeMark mark, Func<CancellationToken, Task> handle, CancellationToken cancellationToken);

    /// <summary>Deletes the outcome ids that were stored before a time. Positions of cases are never deleted.</summary>
    /// <param name="subscriber">The subscriber's name.</param>
    /// <param name="before">Ids that were handled before this time are deleted.</param>
    /// <param name="cancellationToken">Cancels the deletion.</param>
    Task ForgetAsync(string subscriber, DateTimeOffset before, CancellationToken cancellationToken);
}

/// <summary>Advances a subscriber's position in a case.</summary>
/// <param name="Subscriber">The subscriber's name.</param>
/// <param name="CaseReference">The case's key.</param>
/// <param name="From">The expected position: the last nonce that was handled; null if none was.</param>
/// <param name="To">The new position: the nonce that is handled now.</param>
public sealed record CaseStep(string Subscriber, long CaseReference, long? From, long To);

/// <summary>Marks an outcome without a nonce as handled.</summary>
/// <param name="Subscriber">The subscriber's name.</param>
/// <param name="OutcomeId">The outcome's id.</param>
/// <param name="HandledAt">When it is handled, by the subscriber's clock.</param>
public sealed record OutcomeMark(string Subscriber, Guid OutcomeId, DateTimeOffset HandledAt);
