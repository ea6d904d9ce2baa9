using CaseWorker.Client.Reading;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client.Handling;

/// <summary>Takes one outcome after the other from the subscriber's queue, and acknowledges each when it is handled. Connects anew for as long as it runs.</summary>
internal sealed class OutcomeSubscription(
    OutcomeHandlerOptions options,
    OutcomeProcessor processor,
    OutcomeHealth health,
    IOptions<CaseWorkerClientOptions> client,
    ICaseReader reader,
    TimeProvider time,
    ILogger<OutcomeSubscription> log) : BackgroundService
{
    private readonly Backoff backoff = new(TimeSpan.FromMilliseconds(200), options.LongestPause, jitter: 1, Random.Shared);
    private readonly CancellationTokenSource aborting = new();

    /// <exception cref="InvalidOperationException">Gaps could not be filled.</exception>
    public override Task StartAsync(CancellationToken cancellationToken) =>
        options.Kinds.HasFlag(OutcomeKinds.Accepted) && reader is HttpCaseReader { Lack: { } lack }
            ? throw new InvalidOperationException($"The handler of {options.Queue} cannot read what its queue misses: {lack}")
            : base.StartAsync(cancellationToken);

    /// <summary>The handler under way may end by itself, for as long as the host waits.</summary>
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
                await using var queue = await OutcomeQueue.OpenAsync(broker, options);
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
                // It stops: what is not acknowledged comes again.
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
        var pause = backoff.DelayAfter(failures);
        var why = $"No outcomes come from the broker at {broker.Name} ({error.GetBaseException().Message}).";
        health.Disconnected(why);
        log.OutcomesUnavailable(options.Queue, why, pause.TotalSeconds);
        await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
