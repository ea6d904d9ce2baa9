namespace CaseWorker.Client.Sending;

/// <summary>Counts the commands that are on their way to the broker, which bounds the memory they need.</summary>
internal sealed class OutstandingCommands(int limit)
{
    private int count;

    /// <exception cref="TooManyCommandsException">The limit is reached.</exception>
    public void Add(PendingPublish pending)
    {
        if (Interlocked.Increment(ref count) > limit)
        {
            Interlocked.Decrement(ref count);
            throw new TooManyCommandsException(pending.Command, limit);
        }
    }

    public void Remove() => Interlocked.Decrement(ref count);

    /// <summary>Removes a command when its publish is confirmed or has failed.</summary>
    public async Task RemoveWhenDoneAsync(PendingPublish pending)
    {
        await pending.Confirmed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Remove();
    }
}
