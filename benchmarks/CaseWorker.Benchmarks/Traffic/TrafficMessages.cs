using System.Text.Json;
using CaseWorker.Benchmarks.Measuring;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>What the harness asks of its publisher and subscriber: one JSON object a line on their standard input.</summary>
/// <param name="Do">One of the names below.</param>
/// <param name="Count">Commands to publish, or how many may be without an outcome.</param>
/// <param name="PerSecond">Commands a second.</param>
/// <param name="Seconds">How long to publish, or to wait at most.</param>
internal sealed record TrafficOrder(string Do, int Count = 0, double PerSecond = 0, double Seconds = 0)
{
    /// <summary>Publishes <see cref="Count"/> commands as fast as the broker confirms them.</summary>
    public const string Fill = "fill";

    /// <summary>Waits until the broker has delivered the first of the queued commands.</summary>
    public const string AwaitDelivery = "await-delivery";

    /// <summary>Waits until everything published has its outcome.</summary>
    public const string AwaitOutcomes = "await-outcomes";

    /// <summary>Publishes <see cref="PerSecond"/> for <see cref="Seconds"/>, whatever comes back.</summary>
    public const string Rate = "rate";

    /// <summary>Publishes for <see cref="Seconds"/>, but never lets more than <see cref="Count"/> be without an outcome.</summary>
    public const string Window = "window";

    /// <summary>Gives the latency of the last <see cref="Count"/> commands.</summary>
    public const string Latency = "latency";

    /// <summary>Says what was published and received so far.</summary>
    public const string Tally = "tally";
}

/// <summary>The answer to an order, one line on standard output.</summary>
internal sealed record TrafficAnswer
{
    /// <summary>Set: the order failed, and this is why.</summary>
    public string? Failure { get; init; }

    /// <summary>The event's moment on the machine's monotonic clock, in <see cref="System.Diagnostics.Stopwatch"/> ticks, the same for all processes.</summary>
    public long At { get; init; }

    /// <summary>The moment when a third of the commands had their outcome.</summary>
    public long ThirdAt { get; init; }

    /// <summary>Commands a second that got their outcome.</summary>
    public double PerSecond { get; init; }

    /// <summary>Commands without outcome halfway through and at the end.</summary>
    public int BacklogHalfway { get; init; }

    public int BatchDispatcher { get; init; }

    /// <summary>Messages published, repeats included.</summary>
    public int Published { get; init; }

    /// <summary>Commands that have an outcome.</summary>
    public int Answered { get; init; }

    /// <summary>Outcomes beyond one for each message.</summary>
    public int Extra { get; init; }

    /// <summary>Outcomes received, by kind.</summary>
    public int Accepted { get; init; }

    public int Conflicted { get; init; }

    public int Others { get; init; }

    public Latency? Latency { get; init; }
}

/// <summary>One object a line.</summary>
internal static class TrafficJson
{
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    public static T Read<T>(string line) => JsonSerializer.Deserialize<T>(line, JsonSerializerOptions.Web)!;
}
