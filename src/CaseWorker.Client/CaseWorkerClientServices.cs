using CaseWorker.Client.Reading;
using CaseWorker.Client.Sending;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Registers the client with an application's services.</summary>
public static class CaseWorkerClientServices
{
    /// <summary>
    /// Adds <see cref="ICaseWorkerClient"/> as a singleton. It connects when the first command is published and reconnects by itself. It is
    /// disposed of with the application's services, which must be disposed of asynchronously, as a host does.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options. <see cref="CaseWorkerClientOptions.Broker"/> is required.</param>
    /// <exception cref="OptionsValidationException">An option is invalid. Thrown when the application starts.</exception>
    public static IServiceCollection AddCaseWorkerClient(this IServiceCollection services, Action<CaseWorkerClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddLogging();
        services.AddOptions<CaseWorkerClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CaseWorkerClientOptions>, CaseWorkerClientOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICaseReader, HttpCaseReader>();
        services.TryAddSingleton<ICaseWorkerClient>(Create);
        return services;
    }

    private static CaseWorkerClient Create(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<CaseWorkerClientOptions>>().Value;
        var time = services.GetRequiredService<TimeProvider>();
        var sender = new CommandSender(options, new BrokerConnectionFactory(options.Broker!), time, services.GetRequiredService<ILogger<CaseWorkerClient>>());
        return new CaseWorkerClient(options, sender, services.GetRequiredService<ICaseReader>(), time);
    }
}
