using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.DeadLetters;
using CaseWorker.Diagnostics;
using CaseWorker.Leases;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using CaseWorker.Persistence.Schema;
using CaseWorker.Processing;
using CaseWorker.Queries;
using CaseWorker.RabbitMq;
using MassTransit;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker;

/// <summary>Adds the worker to a program's services.</summary>
public static class CaseWorkerServices
{
    /// <summary>
    /// Adds the worker. It starts with the host. Settings are read and servers are connected to when the host starts, not here:
    /// <c>ConnectionStrings:CaseWorker</c>, <c>RabbitMq:Uri</c> and the section <c>CaseWorker</c>.
    /// </summary>
    /// <param name="services">The program's services.</param>
    /// <param name="configuration">The program's configuration.</param>
    /// <returns>Registers the program's own actions and tables.</returns>
    public static CaseWorkerBuilder AddCaseWorker(this IServiceCollection services, IConfiguration configuration) =>
        services.AddCaseWorker(configuration, () => ConnectionSettings.Read(configuration));

    /// <summary>Adds everything that needs the database and no broker.</summary>
    internal static IServiceCollection AddCaseWorkerStorage(this IServiceCollection services, string connectionString) => services.AddStorage(_ => connectionString);

    /// <summary>Adds what tries a replay without a worker: the database, and everything that decides a command.</summary>
    internal static IServiceCollection AddReplayPreview(this IServiceCollection services, string connectionString, CaseWorkerOptions options) =>
        services.AddCaseWorkerStorage(connectionString).AddSingleton(Options.Create(options)).AddDecisions();

    /// <summary>Adds what decides commands, fresh ones and those of dead letters.</summary>
    private static IServiceCollection AddDecisions(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => provider.GetRequiredService<CaseActionRegistry>().Build());
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<CaseWorkerOptions>>().Value;
            return new CommandReader(provider.GetRequiredService<CaseActionSet>(), options.Slots, provider.GetRequiredService<CaseActionSet>().CheckSkipped(options.Skip));
        });
        services.AddSingleton(_ => WorkerName.New());
        services.AddSingleton<SlowActions>();
        services.AddSingleton<DecisionRun>();
        services.AddSingleton<GlobalHead>();
        services.AddSingleton<BatchProcessor>();
        services.AddSingleton<DeadLetterReader>();
        services.AddSingleton<ParkedQueueReplay>();
        services.AddSingleton<ReplayPreviewer>();
        return services;
    }

    private static IServiceCollection AddStorage(this IServiceCollection services, Func<IServiceProvider, string> connectionString)
    {
        services.TryAddSingleton(_ => new CaseActionRegistry());
        services.AddSingleton(provider => CaseWorkerDataSource.Connect(connectionString(provider), findsByKey: true));
        services.AddPooledDbContextFactory<CaseWorkerDbContext>((provider, options) => options
            .UseCaseWorker(provider.GetRequiredService<Npgsql.NpgsqlDataSource>())
            .AddInterceptors(provider.GetServices<IInterceptor>()));
        services.AddSingleton(provider => new SessionCheck(connectionString(provider)));
        services.AddSingleton<SchemaCheck>();
        return services;
    }

    /// <summary>Adds the worker. Its hosted services start in the order in which they stand here and stop in the opposite order.</summary>
    internal static CaseWorkerBuilder AddCaseWorker(this IServiceCollection services, IConfiguration configuration, Func<ConnectionSettings> connections)
    {
        var registry = (CaseActionRegistry?)services.LastOrDefault(service => service.ServiceType == typeof(CaseActionRegistry))?.ImplementationInstance ?? new CaseActionRegistry();
        services.TryAddSingleton(registry);
        services.AddSingleton(_ => connections());
        services.AddStorage(provider => provider.GetRequiredService<ConnectionSettings>().Database);
        var section = configuration.GetSection(CaseWorkerOptions.Section);
        services.AddOptions<CaseWorkerOptions>().Bind(RenamedSettings.WithNewNames(section)).ValidateOnStart();
        services.AddHostedService(provider => new RenamedSettingsWarning(section, provider.GetRequiredService<ILogger<RenamedSettingsWarning>>()));
        services.AddSingleton<IValidateOptions<CaseWorkerOptions>, CaseWorkerOptionsValidator>();

        services.AddDecisions();
        services.AddSingleton<IBatchProcessor>(provider => provider.GetRequiredService<BatchProcessor>());
        services.AddSingleton<IBrokerConnectionFactory>(provider => new BrokerConnectionFactory(provider.GetRequiredService<ConnectionSettings>().Broker));
        services.AddSingleton<IOutcomeChannels, OutcomeConnection>();
        services.AddSingleton<IReplyPublisher, ReplyPublisher>();
        services.AddSingleton<IOutcomePublisher, OutcomePublisher>();
        services.AddSingleton<ProcessingHealth>();
        services.AddSingleton<CaseWorkerMetrics>();
        services.AddSingleton<DeadLetterOperations>();
        services.AddSingleton<DeadLetterEditor>();
        services.AddSingleton<CaseReader>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<CommandReceipts>();
        services.AddSingleton<BrokerProbe>();
        services.AddSingleton<IBrokerAvailability>(provider => provider.GetRequiredService<BrokerProbe>());
        services.AddSingleton(provider => new BatchDispatcher(provider.GetRequiredService<IOptions<CaseWorkerOptions>>().Value.BatchLimit, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<DeferredCases>();
        services.AddSingleton<BatchWorkers>();
        services.TryAddSingleton(LeaseLostHandler.EndsTheProcess);
        services.AddSingleton<ISlotLeases, LeaseTable>();
        services.AddSingleton<SlotHealth>();
        services.AddSingleton<SlotEndpoints>();
        services.AddSingleton<ISlotEndpoints>(provider => provider.GetRequiredService<SlotEndpoints>());
        services.AddSingleton<SlotOwnership>();
        services.AddHealthChecks().AddCheck<ProcessingHealth>("processing", tags: ["ready"]).AddCheck<DeferredCases>("cases", tags: ["ready"]).AddCheck<SlotHealth>("slots", tags: ["ready"]);

        services.AddSingleton<SchemaGuard>();
        services.AddHostedService(provider => provider.GetRequiredService<SchemaGuard>());
        services.AddHostedService(provider => provider.GetRequiredService<BrokerProbe>());
        services.AddHostedService<TopologyKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<SlotEndpoints>());
        services.AddHostedService(provider => provider.GetRequiredService<BatchWorkers>());
        services.AddMassTransit(bus =>
        {
            // The worker calls nobody but its own servers.
            bus.DisableUsageTelemetry();
            bus.AddReceiveEndpointObserver<EndpointFaults>();
            bus.UsingRabbitMq((context, configure) => BusSetup.ConfigureHost(configure, context.GetRequiredService<ConnectionSettings>().Broker, context.GetRequiredService<BrokerProbe>()));
        });
        services.AddHostedService<ReplayRunner>();
        services.AddHostedService<SlotCoordinator>();
        services.Configure<MassTransitHostOptions>(options =>
        {
            // The slot coordinator waits until every endpoint consumes. MassTransit's own wait would hold up the services that start after it.
            options.WaitUntilStarted = false;
            options.StopTimeout = TimeSpan.FromSeconds(10);
        });
        return new CaseWorkerBuilder(services, registry);
    }
}
