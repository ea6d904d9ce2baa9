using CaseWorker.RabbitMq;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Client.Sending;

/// <summary>Opens sessions. An attempt that takes longer than a command may wait goes on, and its session belongs to the next command.</summary>
internal sealed class SessionOpener(IBrokerConnectionFactory broker, TimeProvider time, ILogger log)
{
    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), jitter: 0.25, Random.Shared);

    private Task<BrokerSession>? opening;
    private long openingSince;

    /// <summary>Why the last attempt failed; null if it succeeded.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>Tries until there is a session, the broker refuses the user or the virtual host, or the time is over.</summary>
    /// <param name="remaining">What is left of the time.</param>
    /// <returns>Null if there is no session; <see cref="LastFailure"/> says why.</returns>
    public async Task<BrokerSession?> OpenAsync(Func<TimeSpan> remaining)
    {
        for (var attempt = 1; remaining() is var left && left > TimeSpan.Zero; attempt++)
        {
            try
            {
                var session = await TryOpenAsync(left);
                LastFailure = null;
                log.Connected(broker.Name);
                return session;
            }
            catch (Exception error)
            {
                LastFailure = error;
                if (Failures.IsRefusal(error))
                {
                    break;
                }

                log.ConnectFailed(broker.Name, error.GetBaseException().Message);
            }

            await DelayAsync(remaining(), Backoff.DelayAfter(attempt));
        }

        log.BrokerUnavailable(broker.Name, LastFailure?.GetBaseException().Message);
        return null;
    }

    /// <summary>Gives up the attempt under way.</summary>
    public void Abandon()
    {
        if (opening is { } attempt)
        {
            opening = null;
            _ = EndAsync(attempt);
        }
    }

    private async Task<BrokerSession> TryOpenAsync(TimeSpan remaining)
    {
        if (opening is null)
        {
            (opening, openingSince) = (BrokerSession.OpenAsync(broker, time), time.GetTimestamp());
        }

        var attempt = opening;
        var patience = broker.AttemptLimit - time.GetElapsedTime(openingSince);
        patience = patience > TimeSpan.Zero ? patience : TimeSpan.Zero;
        try
        {
            var session = await attempt.WaitAsync(patience < remaining ? patience : remaining, time);
            opening = null;
            return session;
        }
        catch
        {
            if (attempt.IsCompleted || patience < remaining)
            {
                Abandon();
            }

            throw;
        }
    }

    private Task DelayAsync(TimeSpan remaining, TimeSpan delay) => Task.Delay(remaining < delay ? remaining : delay, time);

    private static async Task EndAsync(Task<BrokerSession> attempt)
    {
        try
        {
            await (await attempt).EndAsync();
        }
        catch (Exception)
        {
            // There is no session to end.
        }
    }
}
