using System.Diagnostics;
using System.Text.Json;
using CaseWorker.Client.Json;
using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.Client.Sending;

/// <summary>One attempt to publish a command. It waits, is sent, and ends: confirmed, failed, or given up by its caller before it was sent.</summary>
internal sealed class PendingPublish(CaseCommand command, int slot, TimeSpan limit, bool wantsReply, TimeProvider time)
{
    private const int Waiting = 0;
    private const int Sent = 1;
    private const int GivenUp = 2;

    private readonly long started = time.GetTimestamp();
    private readonly TaskCompletionSource confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CaseOutcome?> replied = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int state = Waiting;
    private int hasEnded;

    public CaseCommand Command => command;

    public int Slot => slot;

    public bool WantsReply => wantsReply;

    public TimeSpan Limit => limit;

    /// <summary>Written when the command is added: its owner may dispose of the JSON document behind the body later.</summary>
    public byte[] Body { get; } = JsonSerializer.SerializeToUtf8Bytes(command, CommandJson.Default.CaseCommand);

    /// <summary>The caller's activity. The worker continues its trace.</summary>
    public Activity? Activity { get; } = Activity.Current;

    /// <summary>What a reply is recognized by. Two attempts with one command are two requests.</summary>
    public string RequestId { get; } = Guid.NewGuid().ToString();

    /// <summary>Completes when the broker has the command; fails when it has not, or it is not known.</summary>
    public Task Confirmed => confirmed.Task;

    /// <summary>The outcome; null if the connection was lost before the reply came, and the reply queue with it.</summary>
    public Task<CaseOutcome?> Replied => replied.Task;

    /// <summary>Where the reply is expected, once the command is sent.</summary>
    public ReplyQueue? ReplyQueue { get; set; }

    /// <summary>Called once, right before <see cref="Confirmed"/> completes.</summary>
    public Action<PendingPublish>? Ended { get; set; }

    /// <summary>What is left of its time limit.</summary>
    public TimeSpan Remaining => RemainingOf(limit);

    public TimeSpan RemainingOf(TimeSpan limit) => time.GetElapsedTime(started) is var elapsed && elapsed < limit ? limit - elapsed : TimeSpan.Zero;

    public bool IsOlderThan(long timestamp) => started <= timestamp;

    /// <summary>False if its caller has given it up.</summary>
    public bool TrySend() => Interlocked.CompareExchange(ref state, Sent, Waiting) == Waiting;

    /// <summary>False if it was sent.</summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref state, GivenUp, Waiting) != Sent;

    public void Confirm()
    {
        if (TryEnd())
        {
            confirmed.SetResult();
        }
    }

    public void Fail(CaseCommandException error)
    {
        if (TryEnd())
        {
            confirmed.SetException(error);

            // Its caller may be gone; then nobody looks at the error.
            _ = confirmed.Task.Exception;
        }
    }

    /// <summary>A reply proves that the broker has the command, whether the confirm came or not.</summary>
    public void Reply(CaseOutcome outcome)
    {
        replied.TrySetResult(outcome);
        Confirm();
    }

    public void LoseReply() => replied.TrySetResult(null);

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

    private bool TryEnd()
    {
        if (Interlocked.Exchange(ref hasEnded, 1) != 0)
        {
            return false;
        }

        Ended?.Invoke(this);
        return true;
    }
}
