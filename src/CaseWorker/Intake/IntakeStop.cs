using Microsoft.Extensions.Hosting;

namespace CaseWorker.Intake;

/// <summary>The first to stop: what is begun is finished and what is not goes back, in order, before MassTransit stops its consumers.</summary>
internal sealed class IntakeStop(SlotChannels channels) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => channels.DrainAsync(cancellationToken);
}
