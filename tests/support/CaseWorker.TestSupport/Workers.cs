using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace CaseWorker.TestSupport;

/// <summary>Workers inside the test process, whose warnings go to the test's output.</summary>
internal static class Workers
{
    public static async Task<InProcessWorker> StartWorkerAsync(this Workspace workspace, Action<IHostApplicationBuilder>? configure = null) =>
        workspace.Own(await StartAsync(workspace, configure));

    /// <summary>Makes the queues, so that commands can be queued before the worker under test starts.</summary>
    public static async Task StartAndStopWorkerAsync(this Workspace workspace)
    {
        await using var worker = await StartAsync(workspace);
    }

    /// <summary>For the caller to dispose of.</summary>
    public static Task<InProcessWorker> StartAsync(Workspace workspace, Action<IHostApplicationBuilder>? configure = null, Uri? broker = null) =>
        InProcessWorker.StartAsync(
            workspace,
            builder =>
            {
                builder.Logging.AddProvider(new TestOutputLogs()).SetMinimumLevel(LogLevel.Warning);
                configure?.Invoke(builder);
            },
            broker: broker);

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
