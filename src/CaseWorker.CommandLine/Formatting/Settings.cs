using CaseWorker.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace CaseWorker.CommandLine.Formatting;

/// <summary>Settings of the verbs that do not run the worker: <c>appsettings.json</c> beside the executable, then the environment.</summary>
internal static class Settings
{
    public static IConfiguration Read() => new ConfigurationBuilder()
        .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
        .AddEnvironmentVariables()
        .Build();

    /// <exception cref="OptionsValidationException">A setting is out of its range.</exception>
    public static CaseWorkerOptions ReadOptions(IConfiguration configuration)
    {
        var options = RenamedSettings.WithNewNames(configuration.GetSection(CaseWorkerOptions.Section)).Get<CaseWorkerOptions>() ?? new CaseWorkerOptions();
        var validation = new CaseWorkerOptionsValidator().Validate(name: null, options);
        return validation.Failed
            ? throw new OptionsValidationException(CaseWorkerOptions.Section, typeof(CaseWorkerOptions), validation.Failures)
            : options;
    }
}
