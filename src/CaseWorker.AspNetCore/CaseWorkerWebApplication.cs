using CaseWorker.AspNetCore.Api;
using CaseWorker.AspNetCore.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace CaseWorker;

/// <summary>Hosts the worker in a web application, with health, the HTTP API and the dashboard.</summary>
public static class CaseWorkerWebApplication
{
    /// <summary>Adds the worker and what <see cref="MapCaseWorker"/> serves. Settings are read and servers are connected to when the application starts.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">The application's configuration: <c>builder.Configuration</c>.</param>
    /// <returns>Registers the application's own actions and tables.</returns>
    public static CaseWorkerBuilder AddCaseWorker(this IServiceCollection services, ConfigurationManager configuration)
    {
        services.AddSingleton<HostStart>();
        services.AddHostedService(provider => provider.GetRequiredService<HostStart>());
        var builder = CaseWorkerServices.AddCaseWorker(services, configuration);
        services.AddCaseWorkerEndpoints();
        services.AddTelemetry(configuration);
        services.AddLogging(logging => Configure(logging, configuration));
        services.Configure<HostOptions>(options =>
        {
            options.ShutdownTimeout = TimeSpan.FromSeconds(30);

            // Health answers while the worker still waits for its database or broker.
            options.ServicesStartConcurrently = true;
        });
        return builder;
    }

    /// <summary>Maps health (<c>/livez</c>, <c>/readyz</c>), the HTTP API and the dashboard (<c>/ops</c>), with their authentication and authorization.</summary>
    /// <param name="app">An application whose services have the worker.</param>
    /// <exception cref="InvalidOperationException">The worker was not added with <c>builder.Services.AddCaseWorker(builder.Configuration)</c>.</exception>
    public static WebApplication MapCaseWorker(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (!app.Services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(CommandSubmission)))
        {
            throw new InvalidOperationException("The worker is missing. Call builder.Services.AddCaseWorker(builder.Configuration) before builder.Build().");
        }

        CaseWorkerEndpoints.Map(app);
        return app;
    }

    /// <summary>One line an entry, in UTC. The application's own section <c>Logging</c> wins over everything here.</summary>
    private static void Configure(ILoggingBuilder logging, ConfigurationManager configuration)
    {
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.FormatterName ??= ConsoleFormatterNames.Simple);
        logging.Services.Configure<SimpleConsoleFormatterOptions>(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);

        // The worker itself says in one sentence what it waits for and why it does not start; these would say it for each queue.
        logging.AddFilter("MassTransit", LogLevel.None);
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // The keys that sign cookies are in the database and protected by its access rights, so the warning asks for nothing.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddConfiguration(configuration.GetSection("Logging"));
    }
}
