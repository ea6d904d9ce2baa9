using CaseWorker.Client.Reading;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client.Handling;

/// <summary>Takes outcomes from the subscriber's queue one by one, and acknowledges each when it is handled. Reconnects as long as it runs.</summary>
internal sealed class OutcomeSubscription(
    OutcomeHandlerOptions options,
    OutcomeProcessor processor,
    OutcomeHealth health,
    IOptions<CaseWorkerClientOptions> client,
    ICaseReader reader,
    TimeProvider time,
    ILogger<OutcomeSubscription> log) : BackgroundService
{
    private readonly Backoff backoff = new(TimeSpan.FromMilliseconds(200), options.MaxRetryDelay, jitter: 1, Random.Shared);
    private readonly CancellationTokenSource aborting = new();

    /// <exception cref="InvalidOperationException">The handler could not read missing outcomes.</exception>
    public override Task StartAsync(CancellationToken cancellationToken) =>
        options.Kinds.HasFlag(OutcomeKinds.Accepted) && reader is HttpCaseReader { Problem: { } problem }
            ? throw new InvalidOperationException($"The handler of {options.Queue} cannot read what its queue misses: {problem}")
            : base.StartAsync(cancellationToken);

    /// <summary>Lets the handler under way finish, as long as the host waits.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var late = cancellationToken.Register(aborting.Cancel);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        aborting.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var broker = new BrokerConnectionFactory(client.Value.Broker!);
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await using var queue = await OutcomeQueue.OpenAsync(broker, options, time);
                health.Connected();
                log.SubscriptionStarted(options.Queue, broker.Name);
                failures = 0;
                await DrainAsync(queue, stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                await WaitAsync(broker, error, ++failures, stoppingToken);
            }
            catch (Exception)
            {
                // The application stops. What is not acknowledged is delivered again.
                return;
            }
        }
    }

    private async Task DrainAsync(OutcomeQueue queue, CancellationToken stoppingToken)
    {
        await foreach (var delivery in queue.ReadAsync(stoppingToken))
        {
            if (delivery.Outcome is { } outcome)
            {
                await processor.ProcessAsync(outcome, stoppingToken, aborting.Token);
                await queue.AcknowledgeAsync(delivery);
            }
            else
            {
                log.MessageRejected(options.Queue);
                await queue.RejectAsync(delivery);
            }
        }
    }

    private async Task WaitAsync(BrokerConnectionFactory broker, Exception error, int failures, CancellationToken stoppingToken)
    {
        var delay = backoff.DelayAfter(failures);
        var why = $"No outcomes come from the broker at {broker.Name} ({error.GetBaseException().Message}).";
        health.Disconnected(why);
        log.OutcomesUnavailable(options.Queue, why, delay.TotalSeconds);
        await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
