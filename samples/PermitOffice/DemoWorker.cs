using CaseWorker;
using CaseWorker.Configuration;
using CaseWorker.Persistence.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PermitOffice;

/// <summary>The real worker, in this process, on a schema that is brought up to date where it must be.</summary>
internal static class DemoWorker
{
    /// <param name="warn">Told what the worker would log as a warning.</param>
    public static WebApplication Build(Action<string> warn)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddCaseWorker(builder.Configuration);
        builder.Logging.ClearProviders().AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning).AddProvider(new Warnings(warn));

        // Ctrl-C ends the play first, and then the worker.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.MapCaseWorker();
        app.Urls.Add("http://127.0.0.1:0");
        return app;
    }

    public static async Task EnsureSchemaAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (await FitsAsync(services.GetRequiredService<SchemaCheck>(), cancellationToken))
        {
            return;
        }

        System.Console.WriteLine("Bringing the schema up to date …");
        if (await Build(System.Console.Error.WriteLine).RunCaseWorkerAsync(["db", "apply"]) != 0)
        {
            throw new DemoException("The schema is not up to date. Run `caseworker db apply` as its owner.");
        }
    }

    private static async Task<bool> FitsAsync(SchemaCheck check, CancellationToken cancellationToken)
    {
        try
        {
            return (await check.FindProblemsAsync(cancellationToken)).Count == 0;
        }
        catch (SettingException)
        {
            // The worker's login may not even look: `db apply` gives it its rights.
            return false;
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Warnings(Action<string> warn) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                warn(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
