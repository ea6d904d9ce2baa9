using Microsoft.Extensions.Configuration;

namespace CaseWorker.Host;

/// <summary>Settings of the verbs that do not run the worker: <c>appsettings.json</c> beside the executable, then the environment.</summary>
internal static class Settings
{
    public static IConfiguration Read() => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .Build();
}
