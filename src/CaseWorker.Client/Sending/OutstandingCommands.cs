namespace CaseWorker.Client.Sending;

/// <summary>Bounds the memory of commands that are in flight to the broker: their number, and the bytes of their messages.</summary>
internal sealed class OutstandingCommands(int maxCommands, long maxBytes)
{
    private readonly Lock gate = new();
    private int commands;
    private long bytes;

    /// <summary>Adds a command until its publish is confirmed or has failed.</summary>
    /// <exception cref="TooManyCommandsException">A limit is reached. A command that is larger than the limit is taken when nothing else is in flight.</exception>
    public void Add(PendingPublish pending)
    {
        lock (gate)
        {
            if (commands >= maxCommands)
            {
                throw new TooManyCommandsException(pending.Command, FormattableString.Invariant($"{maxCommands} commands are in flight already (CaseWorkerClientOptions.MaxOutstandingCommands)"));
            }

            if (commands > 0 && bytes + pending.Body.Length > maxBytes)
            {
                throw new TooManyCommandsException(pending.Command, FormattableString.Invariant($"commands of {bytes} bytes are in flight already, and it has {pending.Body.Length} (CaseWorkerClientOptions.MaxOutstandingBytes is {maxBytes})"));
            }

            commands++;
            bytes += pending.Body.Length;
        }

        pending.Ended = Remove;
    }

    public void Remove(PendingPublish pending)
    {
        lock (gate)
        {
            commands--;
            bytes -= pending.Body.Length;
        }
    }
}
