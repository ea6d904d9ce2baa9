namespace CaseWorker.Processing;

/// <summary>Another worker holds one of these slots by now; the batch was not committed.</summary>
internal sealed class LeaseLostException(IReadOnlyList<int> slots) : Exception($"Slots {string.Join(", ", slots)} belong to another worker now.")
{
    public IReadOnlyList<int> Slots => slots;
}

/// <summary>
/// Handles losing the lease of a slot that is still being consumed. This happens if the process was paused for longer than its leases
/// last, or if it lost its database connection, and with it its presence, for two seconds. The process ends at once and sends nothing more
/// to the broker, so that everything it holds is requeued in order.
/// </summary>
internal sealed class LeaseLostHandler(Action<string> end)
{
    /// <summary>The executable's exit code for it.</summary>
    public const int ExitCode = 3;

    public static LeaseLostHandler EndsTheProcess { get; } = new(reason =>
    {
        Console.Error.WriteLine(reason);
        Environment.Exit(ExitCode);
    });

    public void End(IEnumerable<int> slots) =>
        end($"Slots {string.Join(", ", slots)} were taken over by another worker: this one was frozen, or cut off from the database, for too long. It ends at once; start it again.");
}
