using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.IntegrationTests.World;

/// <summary>The worker inside the test process, for tests that hold it at a certain point.</summary>
internal sealed class InProcessWorker : IAsyncDisposable
{
    private readonly IHost host;

    private InProcessWorker(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;

    public static async Task<InProcessWorker> StartAsync(Workspace workspace, Action<IHostApplicationBuilder>? configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["CaseWorker:Slots"] = workspace.Slots.ToString(CultureInfo.InvariantCulture),
        });
        builder.Logging.AddProvider(new TestOutputLogs()).SetMinimumLevel(LogLevel.Warning);
        configure?.Invoke(builder);
        builder.Services.AddCaseWorker(builder.Configuration, new ConnectionSettings(workspace.WorkerConnection, workspace.Broker));
        var host = builder.Build();
        await host.StartAsync();
        return new InProcessWorker(host);
    }

    public Task StopAsync() => host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    private sealed class TestOutputLogs : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            TestContext.Current.TestOutputHelper?.WriteLine($"{logLevel}: {formatter(state, exception)} {exception?.ToString()}");

        public void Dispose()
        {
        }
    }
}
