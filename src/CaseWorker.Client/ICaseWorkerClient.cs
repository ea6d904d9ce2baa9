using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Publishes case commands and asks for their outcomes. One for the whole application, for use from any thread.
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
}
