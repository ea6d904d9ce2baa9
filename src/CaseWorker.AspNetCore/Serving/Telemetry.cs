using CaseWorker.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace CaseWorker.AspNetCore.Serving;

/// <summary>Exports the worker's metrics by OTLP if OpenTelemetry's standard variables ask for it (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and its relatives).</summary>
internal static class Telemetry
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var isAskedFor = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } || configuration["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] is { Length: > 0 };
        var isOff = string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
            || string.Equals(configuration["OTEL_METRICS_EXPORTER"], "none", StringComparison.OrdinalIgnoreCase);
        if (isAskedFor && !isOff)
        {
            services.AddOpenTelemetry()
                .ConfigureResource(resource => resource.AddService("caseworker", serviceInstanceId: Environment.MachineName).AddEnvironmentVariableDetector())
                .WithMetrics(metrics => metrics.AddMeter(CaseWorkerMetrics.MeterName).AddOtlpExporter());
        }

        return services;
    }
}
