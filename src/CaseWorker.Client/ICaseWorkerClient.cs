using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Publishes case commands, asks for their outcomes, and updates cases. One for the whole application, for use from any thread.
/// </summary>
/// <remarks>
/// <para>
/// Order: commands that one caller publishes one after the other, awaited or not, reach the queue of their case in that order. When the
/// connection is lost, everything that was on its way fails, so none overtakes one that failed before it: publish them all again, in order.
/// What is published after the loss goes out on a new connection; whoever does not await each command looks at the failures before going on.
/// </para>
/// <para>
/// Publishing a command again with the same command id is always safe: it has at most one effect, and the answer is the original outcome.
/// So after any <see cref="CaseCommandException"/> do just that.
/// </para>
/// </remarks>
public interface ICaseWorkerClient
{
    /// <summary>Publishes a command: mandatory, persistent, confirmed, to the slot of its case. Returns when the broker has it in the slot's queue.</summary>
    /// <param name="command">What to do; see <see cref="CaseCommands"/>.</param>
    /// <param name="cancellationToken">
    /// Ends the waiting. A command that is not sent yet is then not sent; one that was sent may take effect nevertheless.
    /// </param>
    /// <exception cref="CommandUnroutableException">The broker has no queue for it. It takes no effect.</exception>
    /// <exception cref="CommandRefusedException">The broker did not take it: a full queue, or a user without the right.</exception>
    /// <exception cref="BrokerUnavailableException">The broker cannot be reached, or the connection was lost on the way.</exception>
    /// <exception cref="BrokerSilentException">The command was sent and not confirmed within <see cref="CaseWorkerClientOptions.PublishTimeout"/>.</exception>
    /// <exception cref="TooManyCommandsException"><see cref="CaseWorkerClientOptions.OutstandingLimit"/> commands are on their way already.</exception>
    /// <exception cref="ArgumentException">The command id is all zeros, the case reference is not positive, or there is no action or body.</exception>
    Task PublishAsync(CaseCommand command, CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes a command and awaits its outcome: <see cref="CaseAccepted"/>, <see cref="CaseConflicted"/> or <see cref="CaseRejected"/>.
    /// Submitted again, the same command gets its original outcome.
    /// </summary>
    /// <remarks>
    /// When the connection is lost after the broker has the command, the client asks again by itself, within the time-out: the queue the
    /// answer would have come to is lost with the connection.
    /// </remarks>
    /// <param name="command">What to do; see <see cref="CaseCommands"/>.</param>
    /// <param name="timeout">How long to wait for the outcome, more than zero, at most one day. Publishing counts.</param>
    /// <param name="cancellationToken">Ends the waiting, as for <see cref="PublishAsync"/>.</param>
    /// <exception cref="OutcomeUnknownException">
    /// The broker has the command and its outcome did not come in time: no worker runs, much waits before it, or it became a dead letter.
    /// </exception>
    /// <exception cref="CaseCommandException">It was not published, for one of the reasons of <see cref="PublishAsync"/>.</exception>
    /// <exception cref="ArgumentException">As for <see cref="PublishAsync"/>, or the time-out is out of its range.</exception>
    Task<CaseOutcome> SubmitAsync(CaseCommand command, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>
    /// Changes the case's JSON: reads it, lets <paramref name="change"/> change it, and proposes the next version. When somebody else was
    /// faster, it does all of it again with what stands there now, after a pause that grows from nearly nothing to at most a second.
    /// </summary>
    /// <remarks>
    /// Each attempt is a command of its own, with a new command id and the same correlation id. Where an attempt's outcome does not come,
    /// the same command is asked for again: the change never takes effect twice.
    /// </remarks>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="change">
    /// Gets the case's JSON, a fresh copy each time, and returns what it is to be: the same object, changed, or another one. It runs once an
    /// attempt, so it does nothing else. Null, or the same JSON, for no change: then nothing is sent.
    /// </param>
    /// <param name="options">Limits, and what goes with the commands.</param>
    /// <param name="cancellationToken">Ends it between two steps; a command that was sent may take effect nevertheless.</param>
    /// <returns>The change's outcome; null where nothing was to be changed.</returns>
    /// <exception cref="CaseMissingException">There is no such case.</exception>
    /// <exception cref="TooManyConflictsException">Others were faster each time, up to the limit of attempts or the time-out.</exception>
    /// <exception cref="UpdateRejectedException">The worker rejected the change.</exception>
    /// <exception cref="CaseReaderException">The case could not be read.</exception>
    /// <exception cref="CaseCommandException">
    /// The change could not be submitted, or its outcome is not known within the time-out. Where
    /// <see cref="CaseCommandException.MayTakeEffect"/> is true, submit its <see cref="CaseCommandException.Command"/> again: to update
    /// again could be a second effect.
    /// </exception>
    /// <exception cref="ArgumentException">The reference is not positive, or an option is out of its range.</exception>
    Task<CaseAccepted?> UpdateAsync(long caseReference, Func<JsonObject, JsonObject?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Typed overload of <see cref="UpdateAsync(long, Func{JsonObject, JsonObject?}, CaseUpdateOptions?, CancellationToken)"/>. The type may
    /// know only part of the case's JSON: properties that the change sets are merged into the JSON that was read, and the rest stays. An
    /// array that changes is replaced as a whole.
    /// </summary>
    /// <typeparam name="T">What the case's JSON is read as; written, it must be a JSON object.</typeparam>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="change">Returns the new content, or null to leave the case as it is. It may modify and return its argument. It runs again after each conflict.</param>
    /// <param name="options">Attempts, actor and correlation; <see cref="CaseUpdateOptions.Json"/> sets how the JSON is read and written.</param>
    /// <param name="cancellationToken">Stops waiting. A command that was already sent may still be applied.</param>
    /// <returns>The change's outcome; null where nothing was to be changed.</returns>
    /// <exception cref="JsonException">The case's JSON cannot be read as this type.</exception>
    Task<CaseAccepted?> UpdateAsync<T>(long caseReference, Func<T, T?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default)
        where T : class;
}
