using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Textbook;

/// <summary>
/// The worker that a careful team writes from the documentation. Order in a case needs one command of a slot at a time, so the slots' queues
/// are the partitions; slots work side by side, as many as there are connections.
/// </summary>
internal static class TextbookMode
{
    /// <summary>On two processors. More of them, up to 64, only wait for the head's row and cost PostgreSQL time.</summary>
    private const int Connections = 8;

    /// <summary>One is in work, the others are at hand.</summary>
    private const ushort PrefetchPerSlot = 32;

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        var settings = ConnectionSettings.Read(builder.Configuration);
        AddDatabase(builder.Services, settings.Database);
        builder.Services.AddSingleton(new CaseActionSet(CaseActionSet.BuiltIn));
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.AddConsumer<TextbookConsumer>();
            bus.UsingRabbitMq((context, rabbit) => ConfigureBus(context, rabbit, settings.Broker));
        });
        builder.Services.Configure<MassTransitHostOptions>(options => options.WaitUntilStarted = true);
        await builder.Build().RunAsync(stop);
        return 0;
    }

    /// <summary>What Npgsql's and EF Core's pages on performance advise: prepared statements, pooled contexts, no checks that only help while developing.</summary>
    private static void AddDatabase(IServiceCollection services, string connection)
    {
        var tuned = new NpgsqlConnectionStringBuilder(connection)
        {
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            MinPoolSize = Connections,
            MaxPoolSize = Connections,
            ApplicationName = "textbook",

            // As CaseWorker: else the plans of the first minute scan tables that have grown.
            Options = "-c enable_seqscan=off -c jit=off",
        };
        services.AddSingleton(NpgsqlDataSource.Create(tuned));
        services.AddDbContextPool<TextbookContext>((provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            .EnableThreadSafetyChecks(false));
    }

    private static void ConfigureBus(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator rabbit, Uri broker)
    {
        rabbit.Host(broker);
        rabbit.UseRawJsonSerializer(RawSerializerOptions.Default, isDefault: true);
        rabbit.ConfigureJsonSerializerOptions(json =>
        {
            json.WriteIndented = false;
            return json;
        });
        PublishTo<CaseAccepted>(rabbit, CaseTopology.AcceptedExchange);
        PublishTo<CaseConflicted>(rabbit, CaseTopology.ConflictedExchange);
        PublishTo<CaseRejected>(rabbit, CaseTopology.RejectedExchange);

        // Outcomes have no subtypes to route to: only their own exchange is declared and used.
        rabbit.Publish<CaseOutcome>(outcome => outcome.Exclude = true);
        for (var slot = 0; slot < CaseTopology.SlotCount; slot++)
        {
            rabbit.ReceiveEndpoint(CaseTopology.QueueOf(slot), endpoint => ConfigureSlot(context, endpoint));
        }
    }

    private static void PublishTo<T>(IRabbitMqBusFactoryConfigurator rabbit, string exchange)
        where T : class
    {
        rabbit.Message<T>(message => message.SetEntityName(exchange));
        rabbit.Publish<T>(message => message.ExchangeType = ExchangeType.Fanout);
    }

    /// <summary>The queues are there already, with CaseWorker's arguments; they are consumed as they are.</summary>
    private static void ConfigureSlot(IBusRegistrationContext context, IRabbitMqReceiveEndpointConfigurator endpoint)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.SetQuorumQueue();
        endpoint.SingleActiveConsumer = true;
        var defaults = new CaseWorkerOptions();
        endpoint.SetQueueArgument("x-delivery-limit", defaults.DeliveryLimit);
        endpoint.SetQueueArgument("x-dead-letter-exchange", CaseTopology.UndeliverableQueue);
        endpoint.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
        endpoint.SetQueueArgument("x-overflow", "reject-publish");

        endpoint.PrefetchCount = PrefetchPerSlot;
        endpoint.ConcurrentMessageLimit = 1;
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<DbUpdateException>();
            retry.Immediate(5);
        });
        endpoint.ConfigureConsumer<TextbookConsumer>(context);
    }
}
