using CaseWorker.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.Configuration;

/// <summary>Logs a warning for each setting that is still set under its old name.</summary>
internal sealed class RenamedSettingsWarning(IConfiguration section, ILogger<RenamedSettingsWarning> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var warning in RenamedSettings.FindWarnings(section))
        {
            log.SettingRenamed(warning);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
