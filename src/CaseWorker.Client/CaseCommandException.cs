using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// A command was not published, or its outcome is not known yet. The message says what happened to which command and what to do: nearly
/// always, publish the same command again with the same command id, since that has at most one effect.
/// </summary>
public abstract class CaseCommandException : Exception
{
    private protected const string PublishAgain = "Publish the same command again with the same command id: it has at most one effect.";

    private protected CaseCommandException(CaseCommand command, bool mayTakeEffect, string what, string advice, Exception? cause = null)
        : base(FormattableString.Invariant($"Command {command.CommandId} ({command.Action}) of case {command.CaseReference}: {what} {advice}"), cause) =>
        (Command, MayTakeEffect) = (command, mayTakeEffect);

    /// <summary>The command, to be published or submitted again as it is.</summary>
    public CaseCommand Command { get; }

    /// <summary>The command's id.</summary>
    public Guid CommandId => Command.CommandId;

    /// <summary>The command's case.</summary>
    public long CaseReference => Command.CaseReference;

    /// <summary>Whether the broker has the command, or may have it. False: this attempt has no effect and will have none.</summary>
    public bool MayTakeEffect { get; }
}

/// <summary>The broker has no queue for the command: no worker has run there yet, or the client's number of slots is not the worker's.</summary>
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

/// <summary>The broker did not take the command, although it could be reached: a queue is full or in trouble, or the user lacks a right.</summary>
public sealed class CommandRefusedException : CaseCommandException
{
    internal CommandRefusedException(CaseCommand command, bool mayTakeEffect, string what, string remedy, Exception? cause)
        : base(command, mayTakeEffect, what, $"{remedy} {PublishAgain}", cause)
    {
    }
}

/// <summary>
/// The broker cannot be reached or refuses the login, or the connection was lost before the confirm came.
/// <see cref="CaseCommandException.MayTakeEffect"/> tells whether the command had been sent.
/// </summary>
public sealed class BrokerUnavailableException : CaseCommandException
{
    internal BrokerUnavailableException(CaseCommand command, bool mayTakeEffect, string what, Exception? cause)
        : base(command, mayTakeEffect, what, PublishAgain, cause)
    {
    }
}

/// <summary>The command was sent, and the broker did not confirm it in time. It may have it nevertheless, or take it later.</summary>
public sealed class BrokerSilentException : CaseCommandException
{
    internal BrokerSilentException(CaseCommand command, TimeSpan limit)
        : base(
            command,
            mayTakeEffect: true,
            FormattableString.Invariant($"it was sent, and the broker has not confirmed it within {limit.TotalSeconds:0.###} s; it may be out of memory or disk, or the network stands still."),
            PublishAgain)
    {
    }
}

/// <summary>Too many commands are on their way to the broker already. This one was not sent.</summary>
public sealed class TooManyCommandsException : CaseCommandException
{
    internal TooManyCommandsException(CaseCommand command, int limit)
        : base(
            command,
            mayTakeEffect: false,
            FormattableString.Invariant($"it was not sent, since {limit} commands are on their way to the broker already (CaseWorkerClientOptions.OutstandingLimit)."),
            "Await those, then publish this one.")
    {
    }
}

/// <summary>The broker has the command, and its outcome has not come in time.</summary>
public sealed class OutcomeUnknownException : CaseCommandException
{
    internal OutcomeUnknownException(CaseCommand command, TimeSpan limit, Exception? cause)
        : base(
            command,
            mayTakeEffect: true,
            FormattableString.Invariant($"the broker has it, and its outcome is not known yet after {limit.TotalSeconds:0.###} s."),
            $"Look it up by command id {command.CommandId}, or submit the same command again: the answer is its original outcome.",
            cause)
    {
    }
}
