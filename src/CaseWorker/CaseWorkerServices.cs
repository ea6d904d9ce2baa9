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

/// <summary>Puts the worker together.</summary>
internal static class CaseWorkerServices
{
    /// <summary>Everything that needs the database and no broker.</summary>
    public static IServiceCollection AddCaseWorkerStorage(this IServiceCollection services, string connectionString)
    {
        services.TryAddSingleton(_ => new CaseActionRegistry());
        services.AddSingleton(_ => CaseWorkerDataSource.Connect(connectionString, findsByKey: true));
        services.AddPooledDbContextFactory<CaseWorkerDbContext>((provider, options) => options
            .UseCaseWorker(provider.GetRequiredService<Npgsql.NpgsqlDataSource>())
            .AddInterceptors(provider.GetServices<IInterceptor>()));
        services.AddSingleton<SchemaCheck>();
        return services;
    }

    /// <summary>The whole worker. The order of the hosted services is the order of starting, and backwards that of stopping.</summary>
    public static IServiceCollection AddCaseWorker(this IServiceCollection services, IConfiguration configuration, ConnectionSettings connections)
    {
        services.AddCaseWorkerStorage(connections.Database);
        var section = configuration.GetSection(CaseWorkerOptions.Section);
        services.AddOptions<CaseWorkerOptions>().Bind(RenamedSettings.WithNewNames(section)).ValidateOnStart();
        services.AddHostedService(provider => new RenamedSettingsWarning(section, provider.GetRequiredService<ILogger<RenamedSettingsWarning>>()));
        services.AddSingleton<IValidateOptions<CaseWorkerOptions>, CaseWorkerOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);

        services.AddSingleton(provider => provider.GetRequiredService<CaseActionRegistry>().Build());
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<CaseWorkerOptions>>().Value;
            return new CommandReader(provider.GetRequiredService<CaseActionSet>(), options.Slots, provider.GetRequiredService<CaseActionSet>().CheckSkipped(options.Skip));
        });
        services.AddSingleton<BatchProcessor>();
        services.AddSingleton<IBatchProcessor>(provider => provider.GetRequiredService<BatchProcessor>());
        services.AddSingleton(connections);
        services.AddSingleton<IOutcomeChannels, OutcomeConnection>();
        services.AddSingleton<IOutcomePublisher, OutcomePublisher>();
        services.AddSingleton<DeadLetterStore>();
        services.AddSingleton<ProcessingHealth>();
        services.AddSingleton<CaseWorkerMetrics>();
        services.AddSingleton<ParkedQueueReplay>();
        services.AddSingleton<DeadLetterOperations>();
        services.AddSingleton<DeadLetterReader>();
        services.AddSingleton<DeadLetterEditor>();
        services.AddSingleton<CaseReader>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<CommandReceipts>();
        services.AddSingleton<BrokerProbe>();
        services.AddSingleton<IBrokerAvailability>(provider => provider.GetRequiredService<BrokerProbe>());
        services.AddSingleton(provider => new BatchDispatcher(provider.GetRequiredService<IOptions<CaseWorkerOptions>>().Value.BatchLimit, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<BatchWorkers>();
        services.AddSingleton(_ => WorkerName.New());
        services.TryAddSingleton(LeaseLostHandler.EndsTheProcess);
        services.AddSingleton<ISlotLeases, LeaseTable>();
        services.AddSingleton<SlotHealth>();
        services.AddSingleton<SlotEndpoints>();
        services.AddSingleton<ISlotEndpoints>(provider => provider.GetRequiredService<SlotEndpoints>());
        services.AddSingleton<SlotOwnership>();
        services.AddHealthChecks().AddCheck<ProcessingHealth>("processing", tags: ["ready"]).AddCheck<SlotHealth>("slots", tags: ["ready"]);

        services.AddSingleton<SchemaGuard>();
        services.AddHostedService(provider => provider.GetRequiredService<SchemaGuard>());
        services.AddHostedService(provider => provider.GetRequiredService<BrokerProbe>());
        services.AddHostedService(provider => provider.GetRequiredService<SlotEndpoints>());
        services.AddHostedService(provider => provider.GetRequiredService<BatchWorkers>());
        services.AddMassTransit(bus =>
        {
            // The worker calls nobody but its own servers.
            bus.DisableUsageTelemetry();
            bus.AddReceiveEndpointObserver<EndpointFaults>();
            bus.UsingRabbitMq((context, configure) => WorkerBus.Configure(context, configure, connections.Broker));
        });
        services.AddHostedService<ReplayRunner>();
        services.AddHostedService<SlotCoordinator>();
        services.Configure<MassTransitHostOptions>(options =>
        {
            // The slot coordinator waits until every endpoint consumes. MassTransit's own wait cannot be relied on to end when the worker is
            // stopped meanwhile: a start that is cancelled waits for the endpoints all the same.
            options.WaitUntilStarted = false;
            options.StopTimeout = TimeSpan.FromSeconds(10);
        });
        return services;
    }
}
