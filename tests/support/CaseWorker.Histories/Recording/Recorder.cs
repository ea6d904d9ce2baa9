using System.Globalization;
using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.Histories.Recording;

/// <summary>Writes down a whole run: starts before the first command, and ends with its history.</summary>
internal sealed class Recorder : IAsyncDisposable
{
    /// <summary>What the slowest machine may need; a product that takes longer is broken.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Workspace workspace;
    private readonly IReadOnlyList<CommandRecorder> publishers;
    private readonly List<OutcomeRecorder> subscribers = [];
    private readonly LiveReader reader;
    private readonly CancellationTokenSource ended = new();

    private Recorder(Workspace workspace, IReadOnlyList<CommandRecorder> publishers)
    {
        this.workspace = workspace;
        this.publishers = publishers;
        reader = new LiveReader(workspace);
    }

    public Progress Progress { get; } = new();

    /// <summary>Completes when the live reader has seen its first event.</summary>
    public Task FirstSeen => reader.FirstSeen;

    /// <summary>Completes when every command is confirmed.</summary>
    public Task Publishing { get; private set; } = Task.CompletedTask;

    /// <param name="workspace">Its queues are there already.</param>
    /// <param name="plan">The load.</param>
    /// <param name="publisherCount">The load's cases are shared out among so many publishers.</param>
    /// <param name="subscriberCount">Each gets every outcome.</param>
    public static async Task<Recorder> OpenAsync(Workspace workspace, IEnumerable<Planned> plan, int publisherCount = 1, int subscriberCount = 1)
    {
        var shares = plan.ToLookup(planned => (int)(CommandJson.CaseOf(planned.Command) % publisherCount));
        var recorder = new Recorder(workspace, [.. Enumerable.Range(0, publisherCount).Select(number => new CommandRecorder(workspace, [.. shares[number]]))]);
        for (var number = 1; number <= subscriberCount; number++)
        {
            recorder.subscribers.Add(await OutcomeRecorder.OpenAsync(workspace, number.ToString(CultureInfo.InvariantCulture), recorder.Progress));
        }

        return recorder;
    }

    /// <param name="ahead">How many commands may wait for their outcome; the publishers wait with more.</param>
    public void Publish(int ahead) => Publishing = Task.WhenAll(publishers.Select(publisher => Task.Run(() => publisher.RunAsync(
        () => Progress.ReachAsync(publishers.Sum(planned => planned.DistinctConfirmed) - ahead, Limit),
        ended.Token))));

    /// <summary>Waits until no message waits in the worker's queues; its worker may still hold some.</summary>
    /// <exception cref="TimeoutException">Some stay.</exception>
    public Task DrainedAsync() => Retry.UntilAsync(async () => (await LookAsync()).All(queue => queue.MessageCount == 0), "the queues to drain", Limit);

    /// <summary>Waits until the broker has noticed that no worker is there any more, and counts what it has taken back.</summary>
    public async Task<long> LeftAsync()
    {
        await Retry.UntilAsync(async () => (await LookAsync()).All(queue => queue.ConsumerCount == 0), "the workers' consumers to go", Limit);
        return (await LookAsync()).Sum(queue => queue.MessageCount);
    }

    /// <summary>Returns when the subscribers have looked at all that was published until now.</summary>
    public async Task CatchUpAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        await Task.WhenAll(subscribers.Select(subscriber => subscriber.CatchUpAsync(limit.Token)));
    }

    /// <summary>The history; to be called when no worker runs any more.</summary>
    public async Task<History> CompleteAsync()
    {
        using var limit = new CancellationTokenSource(Limit);
        return new History
        {
            Publications = [.. publishers.SelectMany(publisher => publisher.Commands.Select((planned, i) => new Publication(CommandJson.IdOf(planned.Command), CommandJson.CaseOf(planned.Command), i < publisher.Confirmed, planned.Expected)))],
            Subscribers = await Task.WhenAll(subscribers.Select(subscriber => subscriber.CompleteAsync(limit.Token))),
            Seen = await reader.CompleteAsync(limit.Token),
            Tables = await Retry.RunAsync(() => TableReader.ReadAsync(workspace.Database), limit.Token),
            Waiting = (await Retry.RunAsync(LookAsync, limit.Token)).ToDictionary(queue => queue.QueueName, queue => queue.MessageCount, StringComparer.Ordinal),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await Publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var subscriber in subscribers)
        {
            await subscriber.DisposeAsync();
        }

        await reader.DisposeAsync();
        ended.Dispose();
    }

    private Task<IReadOnlyList<QueueDeclareOk>> LookAsync() => workspace.LookAsync(
        Enumerable.Range(0, workspace.Slots).Select(CaseTopology.QueueOf).Append(CaseTopology.UnroutedQueue).Append(CaseTopology.UndeliverableQueue));
}
