using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// The base of the exceptions that are thrown when a command was not published or its outcome is not known. The message says what happened,
/// to which command, and what to do: nearly always, publish the same command again with the same command id, which has at most one effect.
/// </summary>
public abstract class CaseCommandException : Exception
{
    private protected const string PublishAgain = "Publish the same command again with the same command id: it has at most one effect.";

    private protected CaseCommandException(CaseCommand command, bool mayTakeEffect, string what, string advice, Exception? cause = null)
        : base(FormattableString.Invariant($"Command {command.CommandId} ({command.Action}) of case {command.CaseReference}: {what} {advice}"), cause) =>
        (Command, MayTakeEffect) = (command, mayTakeEffect);

    /// <summary>The command. Publish or submit it again unchanged.</summary>
    public CaseCommand Command { get; }

    /// <summary>The command's id.</summary>
    public Guid CommandId => Command.CommandId;

    /// <summary>The reference of the command's case.</summary>
    public long CaseReference => Command.CaseReference;

    /// <summary>True if the broker has the command or may have it. False if this attempt has no effect and never will.</summary>
    public bool MayTakeEffect { get; }
}

/// <summary>The exception that is thrown when the broker has no queue for a command: no worker has run there yet, or the client's number of slots differs from the worker's.</summary>
public sealed class CommandUnroutableException : CaseCommandException
{
    internal CommandUnroutableException(CaseCommand command, int slot, string what, Exception? cause)
        : base(
            command,
            mayTakeEffect: false,
            what,
            $"Slot {CaseTopology.RoutingKeyOf(slot)} needs the exchange {CaseTopology.CommandExchange} and the queue {CaseTopology.QueueOf(slot)}: start a worker once on this virtual host, which makes them, and set CaseWorkerClientOptions.Slots to the worker's number. Then publish the same command again with the same command id.",
            cause)
    {
    }
}

/// <summary>The exception that is thrown when the broker refuses a command: a queue is full or unavailable, or the user lacks a right.</summary>
public sealed class CommandRefusedException : CaseCommandException
{
    internal CommandRefusedException(CaseCommand command, bool mayTakeEffect, string what, string remedy, Exception? cause)
        : base(command, mayTakeEffect, what, $"{remedy} {PublishAgain}", cause)
    {
    }
}

/// <summary>
/// The exception that is thrown when the broker cannot be reached, refuses the login, or the connection is lost before the confirm arrives.
/// <see cref="CaseCommandException.MayTakeEffect"/> is true if the command had been sent.
/// </summary>
public sealed class BrokerUnavailableException : CaseCommandException
{
    internal BrokerUnavailableException(CaseCommand command, bool mayTakeEffect, string what, Exception? cause)
        : base(command, mayTakeEffect, what, PublishAgain, cause)
    {
    }
}

/// <summary>The exception that is thrown when a command was sent but the broker has not confirmed it in time. The broker may have it, or store it later.</summary>
public sealed class ConfirmTimeoutException : CaseCommandException
{
    internal ConfirmTimeoutException(CaseCommand command, TimeSpan limit)
        : base(
            command,
            mayTakeEffect: true,
            FormattableString.Invariant($"it was sent, and the broker has not confirmed it within {limit.TotalSeconds:0.###} s; it may be out of memory or disk, or the network is down."),
            PublishAgain)
    {
    }
}

/// <summary>The exception that is thrown when too many commands are in flight already. The command was not sent.</summary>
public sealed class TooManyCommandsException : CaseCommandException
{
    internal TooManyCommandsException(CaseCommand command, string reason)
        : base(
            command,
            mayTakeEffect: false,
            $"it was not sent, since {reason}.",
            "Await those, then publish this one.")
    {
    }
}

/// <summary>The exception that is thrown when the broker has a command but its outcome has not arrived in time.</summary>
public sealed class OutcomeUnknownException : CaseCommandException
{
    internal OutcomeUnknownException(CaseCommand command, TimeSpan limit, Exception? cause)
        : base(
            command,
            mayTakeEffect: true,
            FormattableString.Invariant($"the broker has it, and its outcome is not known yet after {limit.TotalSeconds:0.###} s."),
            $"Look it up by command id {command.CommandId}, or submit the same command again: the reply is its original outcome.",
            cause)
    {
    }
}
