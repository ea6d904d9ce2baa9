using CaseWorker.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace CaseWorker.AspNetCore.Serving;

/// <summary>Exports the meter by OTLP when OpenTelemetry's standard variables ask for it (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its kin).</summary>
internal static class Telemetry
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var isAskedFor = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] is { Length: > 0 };
        var isOff = string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
            || string.Equals(configuration["OTEL_METRICS_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase);
        if (isAskedFor && !isOff)
        {
            services.AddHostedService<Exporter>();
        }

        return services;
    }

    private sealed class Exporter : IHostedService, IDisposable
    {
        private readonly MeterProvider provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("caseworker", serviceInstanceId: Environment.MachineName).AddEnvironmentVariableDetector())
            .AddMeter(CaseWorkerMetrics.MeterName)
            .AddOtlpExporter()
            .Build();

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            provider.ForceFlush(5_000);
            return Task.CompletedTask;
        }

        public void Dispose() => provider.Dispose();
    }
}
