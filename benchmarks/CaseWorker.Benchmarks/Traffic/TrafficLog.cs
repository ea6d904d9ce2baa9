using System.Diagnostics;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>When each command was due and when its first outcome came. Written by the publisher and by the subscriber.</summary>
internal sealed class TrafficLog
{
    private readonly Dictionary<Guid, int> indexes = [];
    private readonly long[] due;
    private readonly long[] answered;
    private readonly int[] distinct;
    private int outcomes;
    private int answers;

    public TrafficLog(IReadOnlyList<ReadyMessage> messages)
    {
        due = new long[messages.Count];
        answered = new long[messages.Count];
        distinct = new int[messages.Count + 1];
        for (var i = 0; i < messages.Count; i++)
        {
            distinct[i + 1] = distinct[i] + (indexes.TryAdd(messages[i].Id, i) ? 1 : 0);
        }
    }

    public int Outcomes => Volatile.Read(ref outcomes);

    public int Answers => Volatile.Read(ref answers);

    /// <summary>The moment of the newest first outcome, in Stopwatch ticks.</summary>
    public long LastAnswerAt { get; private set; }

    public void Due(int index, long at) => due[index] = at;

    public void Received(Guid commandId)
    {
        if (indexes.TryGetValue(commandId, out var index) && answered[index] == 0)
        {
            answered[index] = LastAnswerAt = Stopwatch.GetTimestamp();
            Volatile.Write(ref answers, answers + 1);
        }

        Volatile.Write(ref outcomes, outcomes + 1);
    }

    /// <summary>Whether each of the first <paramref name="published"/> messages was answered.</summary>
    public bool IsComplete(int published) => Outcomes >= published && Answers >= distinct[published];

    /// <summary>The moment when a third of the answers had come, in Stopwatch ticks.</summary>
    public long ThirdAnswerAt() => answered.Where(at => at > 0).Order().ElementAt(Answers / 3);

    /// <summary>Of the commands in a range that have their outcome.</summary>
    public Latency LatencyOf(int from, int to) => Latency.Of(Enumerable.Range(from, to - from)
        .Where(i => answered[i] > 0 && due[i] > 0)
        .Select(i => Stopwatch.GetElapsedTime(due[i], answered[i]).TotalMilliseconds));
}
