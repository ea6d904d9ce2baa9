namespace CaseWorker.RabbitMq;

/// <summary>
/// Closes a connection whose peer sends nothing while a read waits, or takes nothing while a write waits. Heartbeats keep a quiet
/// connection alive: the peer sends one at least every 10 s.
/// </summary>
/// <remarks>
/// Counts ticks of a timer, not time: a process that was suspended sees one tick when it wakes, and reads what has come meanwhile before the
/// next.
/// </remarks>
internal sealed class SilenceWatch : IDisposable
{
    /// <summary>A peer that has not sent its first byte by then is not a broker, or is stuck.</summary>
    public static readonly TimeSpan FirstLimit = TimeSpan.FromSeconds(10);

    /// <summary>More than two heartbeats, after which RabbitMQ.Client gives up an open connection by itself.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(22);

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly Action close;
    private readonly ITimer timer;
    private readonly Wait read = new();
    private readonly Wait write = new();
    private volatile bool hasReceived;
    private volatile string? expired;

    /// <param name="time">Where the ticks come from.</param>
    /// <param name="close">Closes the connection, which ends the read and the write under way.</param>
    public SilenceWatch(TimeProvider time, Action close)
    {
        this.close = close;
        timer = time.CreateTimer(_ => OnTick(), state: null, Tick, Tick);
    }

    /// <summary>Why the connection was closed; null if it was not.</summary>
    public string? Expired => expired;

    /// <summary>A read waits for the peer from now on.</summary>
    public void ReadBegins() => read.Begin();

    /// <summary>Something came. Until the next read nothing is expected of the peer.</summary>
    public void ReadEnds()
    {
        hasReceived = true;
        read.End();
    }

    /// <summary>A write waits for the peer from now on.</summary>
    public void WriteBegins() => write.Begin();

    /// <summary>It was taken.</summary>
    public void WriteEnds() => write.End();

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    private void OnTick()
    {
        var readLimit = hasReceived ? Limit : FirstLimit;
        if (read.Tick() >= readLimit / Tick)
        {
            Expire(FormattableString.Invariant($"The peer has sent nothing for {readLimit.TotalSeconds:N0} s."));
        }
        else if (write.Tick() >= Limit / Tick)
        {
            Expire(FormattableString.Invariant($"The peer has taken nothing for {Limit.TotalSeconds:N0} s."));
        }
    }

    private void Expire(string reason)
    {
        timer.Dispose();
        expired = reason;
        close();
    }

    /// <summary>A read or a write, and for how many ticks it has waited. Only the timer counts.</summary>
    private sealed class Wait
    {
        private volatile int number;
        private volatile bool isUnderWay;
        private int counted;
        private int ticks;

        public void Begin()
        {
            number++;
            isUnderWay = true;
        }

        public void End() => isUnderWay = false;

        public int Tick()
        {
            ticks = isUnderWay && number == counted ? ticks + 1 : 0;
            counted = number;
            return ticks;
        }
    }
}
