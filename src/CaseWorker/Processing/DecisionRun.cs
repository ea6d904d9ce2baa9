using System.Globalization;
using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Resilience;

namespace CaseWorker.Processing;

/// <summary>
/// Decides commands one after the other and stops early when enough memory or time is spent. Where the code of registered actions takes part, it
/// runs on a thread of its own, and the transaction is kept alive meanwhile.
/// </summary>
internal sealed class DecisionRun(SlowActions slowActions, TimeProvider time)
{
    /// <summary>Bytes of blobs that a batch loads or makes, about. In memory they are there several times over: as text, as JSON, and as arguments of statements.</summary>
    public const int MaxBlobBytes = 2 * 1024 * 1024;

    /// <summary>A batch decides no further command after this time: its cases are locked, and what is behind it waits.</summary>
    public static readonly TimeSpan MaxTime = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan KeepAliveTime = TimeSpan.FromMilliseconds(250);

    /// <summary>Decides the first commands of a batch, at least one.</summary>
    /// <param name="transaction">The batch's.</param>
    /// <param name="opened">The batch, loaded.</param>
    /// <param name="commands">In order; null for a message that cannot be read.</param>
    /// <param name="decide">Decides the command at an index.</param>
    /// <param name="actionTime">How long a registered action may take for one command; null for the action's own limit.</param>
    /// <returns>One entry for each of the first commands.</returns>
    /// <exception cref="SlowCommandException">An action takes longer.</exception>
    public async Task<IReadOnlyList<DecidedCommand?>> DecideAsync(
        BatchTransaction transaction, OpenedBatch opened, IReadOnlyList<Command?> commands, Func<int, DecidedCommand> decide, TimeSpan? actionTime)
    {
        var progress = new Progress(time);
        if (!opened.Actions.RunsForeignCode)
        {
            return Decide(commands, decide, progress);
        }

        var deciding = Task.Run(() => Decide(commands, decide, progress));
        while (await Task.WhenAny(deciding, Task.Delay(KeepAliveTime, time)) != deciding)
        {
            CheckTime(progress, actionTime);
            await transaction.KeepAliveAsync();
        }

        return await deciding;
    }

    private List<DecidedCommand?> Decide(IReadOnlyList<Command?> commands, Func<int, DecidedCommand> decide, Progress progress)
    {
        var started = time.GetTimestamp();
        var decided = new List<DecidedCommand?>(commands.Count);
        long blobBytes = 0;
        for (var i = 0; i < commands.Count && (i == 0 || (blobBytes <= MaxBlobBytes && time.GetElapsedTime(started) <= MaxTime)); i++)
        {
            progress.Begin(commands[i]);
            var entry = commands[i] is null ? null : decide(i);
            decided.Add(entry);
            blobBytes += entry is { Decision: Decision.Accepted { Changed: true } accepted } ? accepted.After.Blob.Utf8Length : 0;
            if (commands[i]?.Action is RegisteredAction action)
            {
                slowActions.Report(action.Name, progress.Elapsed);
            }
        }

        return decided;
    }

    private void CheckTime(Progress progress, TimeSpan? actionTime)
    {
        var elapsed = progress.Elapsed;
        if (progress.Command is not { Action: RegisteredAction action } command || elapsed <= (actionTime ?? action.TimeLimit))
        {
            return;
        }

        slowActions.Report(action.Name, elapsed);
        throw new SlowCommandException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{action.Name} has not decided command {command.Id} of case {command.CaseReference} after {elapsed.TotalSeconds:0.0} s. Its time limit is {action.TimeLimit.TotalSeconds:0.#} s."),
            command.CaseReference);
    }

    /// <summary>Which command is being decided, and since when. Written by the deciding thread, read by the one that waits for it.</summary>
    private sealed class Progress(TimeProvider time)
    {
        private volatile Step step = new(Command: null, time.GetTimestamp());

        public Command? Command => step.Command;

        public TimeSpan Elapsed => time.GetElapsedTime(step.Started);

        public void Begin(Command? command) => step = new Step(command, time.GetTimestamp());

        private sealed record Step(Command? Command, long Started);
    }
}
