using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.Client.Sending;

/// <summary>One attempt to publish a command. It waits, is sent, and ends: confirmed, failed, or given up by its caller while it waited.</summary>
internal sealed class PendingPublish(CaseCommand command, int slot, TimeSpan limit, bool wantsAnswer)
{
    private const int Waiting = 0;
    private const int Sent = 1;
    private const int GivenUp = 2;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 65, // a body may have 64 levels, and the command is one more
    };

    private readonly long started = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CaseOutcome?> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int state = Waiting;

    public CaseCommand Command => command;

    public int Slot => slot;

    public bool WantsAnswer => wantsAnswer;

    public TimeSpan Limit => limit;

    /// <summary>Written when the command is handed over: its owner may dispose of the document behind the body later.</summary>
    public byte[] Body { get; } = JsonSerializer.SerializeToUtf8Bytes(command, Json);

    /// <summary>The caller's activity, whose trace the worker goes on with.</summary>
    public Activity? Activity { get; } = Activity.Current;

    /// <summary>What an answer is known by. Two attempts with one command are two questions.</summary>
    public string RequestId { get; } = Guid.NewGuid().ToString();

    /// <summary>The broker has it.</summary>
    public Task Confirmed => confirmed.Task;

    /// <summary>The outcome; null where the connection, and the queue for the answer with it, was lost before it came.</summary>
    public Task<CaseOutcome?> Answered => answered.Task;

    /// <summary>Where the answer is expected, once it was sent.</summary>
    public ReplyQueue? ReplyQueue { get; set; }

    /// <summary>What is left of its time.</summary>
    public TimeSpan Remaining => RemainingOf(limit);

    public TimeSpan RemainingOf(TimeSpan time) => Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < time ? time - elapsed : TimeSpan.Zero;

    public bool IsOlderThan(long timestamp) => started <= timestamp;

    /// <summary>False where its caller has given it up.</summary>
    public bool TrySend() => Interlocked.CompareExchange(ref state, Sent, Waiting) == Waiting;

    /// <summary>False where it was sent.</summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref state, GivenUp, Waiting) != Sent;

    public void Confirm() => confirmed.TrySetResult();

    public void Fail(CaseCommandException error)
    {
        if (confirmed.TrySetException(error))
        {
            // Its caller may be gone; then nobody looks at the error.
            _ = confirmed.Task.Exception;
        }
    }

    /// <summary>An answer says that the broker had it, whether the confirm came or not.</summary>
    public void Answer(CaseOutcome outcome)
    {
        answered.TrySetResult(outcome);
        confirmed.TrySetResult();
    }

    public void LoseAnswer() => answered.TrySetResult(null);

    public BasicProperties Properties(string? replyTo)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = command.CommandId.ToString(),
        };
        if (replyTo is not null)
        {
            properties.ReplyTo = replyTo;
            properties.CorrelationId = RequestId;
        }

        if (Activity is { IdFormat: ActivityIdFormat.W3C, Id: { } parent })
        {
            properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceparent"] = parent };
            if (Activity.TraceStateString is { Length: > 0 } traceState)
            {
                properties.Headers["tracestate"] = traceState;
            }
        }

        return properties;
    }
}
