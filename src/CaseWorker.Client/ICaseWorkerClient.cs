using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Publishes case commands, awaits their outcomes, and updates cases. One instance serves the whole application; it is thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Order: commands that one caller publishes one after the other, awaited or not, reach the queue of their case in that order. If the
/// connection is lost, all commands in flight fail, so that no command overtakes an earlier one that failed: publish them all again, in
/// order. Commands that are published after the loss use a new connection. A caller that does not await each command must check for
/// failures before it continues.
/// </para>
/// <para>
/// It is always safe to publish a command again with the same command id: it has at most one effect, and the reply is the original outcome.
/// Do this after any <see cref="CaseCommandException"/>.
/// </para>
/// </remarks>
public interface ICaseWorkerClient
{
    /// <summary>Publishes a command to the queue of its case. Completes when the broker has stored it there and confirmed it.</summary>
    /// <param name="command">The command; <see cref="CaseCommands"/> creates them.</param>
    /// <param name="cancellationToken">
    /// Stops waiting. A command that has not been sent is not sent any more; one that has been sent may still take effect.
    /// </param>
    /// <exception cref="CommandUnroutableException">The broker has no queue for the command. It has no effect.</exception>
    /// <exception cref="CommandRefusedException">The broker refused the command: the queue is full, or the user lacks a right.</exception>
    /// <exception cref="BrokerUnavailableException">The broker cannot be reached, or the connection was lost before the confirm arrived.</exception>
    /// <exception cref="ConfirmTimeoutException">The command was sent but not confirmed within <see cref="CaseWorkerClientOptions.PublishTimeout"/>.</exception>
    /// <exception cref="TooManyCommandsException"><see cref="CaseWorkerClientOptions.MaxOutstandingCommands"/> or <see cref="CaseWorkerClientOptions.MaxOutstandingBytes"/> is reached.</exception>
    /// <exception cref="ArgumentException">The command id is all zeros, the case reference is not positive, or there is no action or body.</exception>
    Task PublishAsync(CaseCommand command, CancellationToken cancellationToken = default);

    /// <summary>
    /// Publishes a command and awaits its outcome: <see cref="CaseAccepted"/>, <see cref="CaseConflicted"/> or <see cref="CaseRejected"/>.
    /// A command that is submitted again gets its original outcome.
    /// </summary>
    /// <remarks>
    /// If the connection is lost after the broker has confirmed the command, the reply queue is lost too. The client then publishes the same
    /// command again, within the time-out.
    /// </remarks>
    /// <param name="command">The command; <see cref="CaseCommands"/> creates them.</param>
    /// <param name="timeout">How long to wait for the outcome, including publishing: more than zero, at most one day.</param>
    /// <param name="cancellationToken">Stops waiting. A command that has been sent may still take effect.</param>
    /// <exception cref="OutcomeUnknownException">
    /// The broker has the command, but its outcome did not arrive in time: no worker runs, many commands are queued before it, or it became a
    /// dead letter.
    /// </exception>
    /// <exception cref="CaseCommandException">The command was not published; <see cref="PublishAsync"/> lists the reasons.</exception>
    /// <exception cref="ArgumentException">The command is incomplete, or the time-out is out of range.</exception>
    Task<CaseOutcome> SubmitAsync(CaseCommand command, TimeSpan timeout, CancellationToken cancellationToken = default);

    /// <summary>
    /// Changes the case's JSON: reads it, calls <paramref name="change"/>, and proposes the result as the next version. If another change was
    /// faster, it reads the new state and calls <paramref name="change"/> again, after a delay that grows to at most one second.
    /// </summary>
    /// <remarks>
    /// Each attempt is a command of its own, with a new command id and the same correlation id. If the outcome of an attempt does not arrive,
    /// the same command is submitted again, so the change never takes effect twice.
    /// </remarks>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="change">
    /// Gets a new copy of the case's JSON and returns the new content: the same object, modified, or another one. Returns null, or the same
    /// JSON, to leave the case as it is. It runs once per attempt and must not have other effects.
    /// </param>
    /// <param name="options">Attempts, time limits, actor and correlation id.</param>
    /// <param name="cancellationToken">Stops before the next step. A command that has been sent may still take effect.</param>
    /// <returns>The outcome of the change; null if there was nothing to change.</returns>
    /// <exception cref="CaseNotFoundException">The case does not exist.</exception>
    /// <exception cref="TooManyConflictsException">Every attempt conflicted, up to the limit of attempts or the time-out.</exception>
    /// <exception cref="UpdateRejectedException">The worker rejected the change.</exception>
    /// <exception cref="CaseReaderException">The case could not be read.</exception>
    /// <exception cref="CaseCommandException">
    /// The change could not be submitted, or its outcome is not known within the time-out. If
    /// <see cref="CaseCommandException.MayTakeEffect"/> is true, submit its <see cref="CaseCommandException.Command"/> again; a new update
    /// could apply the change a second time.
    /// </exception>
    /// <exception cref="ArgumentException">The reference is not positive, or an option is out of range.</exception>
    Task<CaseAccepted?> UpdateAsync(long caseReference, Func<JsonObject, JsonObject?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Typed overload of <see cref="UpdateAsync(long, Func{JsonObject, JsonObject?}, CaseUpdateOptions?, CancellationToken)"/>. The type may
    /// know only part of the case's JSON: properties that the change sets are merged into the JSON that was read, and the rest stays. A
    /// changed array is replaced as a whole.
    /// </summary>
    /// <typeparam name="T">The type that the case's JSON is read as. It must be written as a JSON object.</typeparam>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="change">Returns the new content, or null to leave the case as it is. It may modify and return its argument. It runs again after each conflict.</param>
    /// <param name="options">Attempts, actor and correlation; <see cref="CaseUpdateOptions.Json"/> sets how the JSON is read and written.</param>
    /// <param name="cancellationToken">Stops waiting. A command that was already sent may still be applied.</param>
    /// <returns>The outcome of the change; null if there was nothing to change.</returns>
    /// <exception cref="JsonException">The case's JSON cannot be read as this type.</exception>
    Task<CaseAccepted?> UpdateAsync<T>(long caseReference, Func<T, T?> change, CaseUpdateOptions? options = null, CancellationToken cancellationToken = default)
        where T : class;
}
