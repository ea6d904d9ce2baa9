using Microsoft.Extensions.Hosting;

namespace CaseWorker.AspNetCore.Serving;

/// <summary>Tells whether the host has begun to start its services: only then can it stop them.</summary>
internal sealed class HostStart : IHostedService
{
    public bool HasBegun { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        HasBegun = true;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
