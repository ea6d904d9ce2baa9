using CaseWorker.Configuration;
using CaseWorker.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.RabbitMq;

/// <summary>
/// Waits until the broker accepts a connection. MassTransit's own pause between two attempts grows to a minute and stays there; with this
/// probe the worker is back within a second of its broker, and logs in one sentence what it waits for.
/// </summary>
internal sealed class BrokerProbe : IHostedService, IBrokerAvailability
{
    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), jitter: 0.25, Random.Shared);

    private readonly IBrokerConnectionFactory broker;
    private readonly IHostApplicationLifetime lifetime;
    private readonly TimeProvider time;
    private readonly ILogger<BrokerProbe> log;
    private readonly Lazy<Task> firstTime;
    private long? unavailableSince;

    public BrokerProbe(IBrokerConnectionFactory broker, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<BrokerProbe> log)
    {
        (this.broker, this.lifetime, this.time, this.log) = (broker, lifetime, time, log);
        firstTime = new Lazy<Task>(() => ProbeAsync(isFirst: true));
    }

    /// <inheritdoc/>
    public TimeSpan UnavailableFor => unavailableSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>The broker's version, as it says it; null before the first connection.</summary>
    public string? ServerVersion { get; private set; }

    /// <summary>Hosts, ports and virtual host.</summary>
    public string Name => broker.Name;

    /// <exception cref="SettingException">The broker refuses the user or the virtual host.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await firstTime.Value.WaitAsync(cancellationToken);
        }
        catch (SettingException)
        {
            // The other services are starting at the same time and wait for their servers.
            lifetime.StopApplication();
            throw;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Returns when a connection can be made, or when the worker stops.</summary>
    /// <exception cref="SettingException">As at the start.</exception>
    public Task WaitUntilAvailableAsync() => firstTime.Value.IsCompletedSuccessfully ? ProbeAsync(isFirst: false) : firstTime.Value;

    /// <param name="isFirst">A refusal ends a start; later, once the worker has been let in, it waits for that to pass too.</param>
    private async Task ProbeAsync(bool isFirst)
    {
        unavailableSince ??= time.GetTimestamp();
        var stopping = lifetime.ApplicationStopping;
        for (var attempt = 1; !stopping.IsCancellationRequested; attempt++)
        {
            // The client gets no token: one that fires inside it can leave a connection that never ends (7.2.2: open a minute later).
            var probe = TryAsync();
            await ((Task)probe).WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            if (await probe is not { } error)
            {
                unavailableSince = null;
                return;
            }

            if (isFirst && IsRefusal(error))
            {
                throw new SettingException($"The broker at {broker.Name} refuses {ConnectionSettings.BrokerSetting}: {error.Message}");
            }

            var delay = Backoff.DelayAfter(attempt);
            log.BrokerUnavailable(error.Message, delay.TotalMilliseconds);
            await Task.Delay(delay, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The user, or the virtual host: 530 is AMQP's not-allowed.</summary>
    private static bool IsRefusal(Exception error) =>
        error is AuthenticationFailureException or OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotAllowed };

    private async Task<Exception?> TryAsync()
    {
        try
        {
            var connection = await broker.ConnectAsync("caseworker probe");
            try
            {
                // A missing virtual host is reported only after the connection is open.
                await connection.CreateChannelAsync();
                ServerVersion = BrokerAdmin.VersionOf(connection);
                return null;
            }
            finally
            {
                await connection.EndAsync(time);
            }
        }
        catch (Exception error)
        {
            return error.GetBaseException();
        }
    }
}
