using CaseWorker.Host.Access;
using CaseWorker.Host.Ops;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CaseWorker.Host.Http;

/// <summary>Everything that the worker serves over HTTP.</summary>
internal static class HttpDoor
{
    public static IServiceCollection AddHttpDoor(this IServiceCollection services)
    {
        services.AddProblemDetails();
        services.AddAccess();
        services.AddOps();
        return services;
    }

    public static void MapHttpDoor(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseOps();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealthChecks("/livez", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/readyz", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapOps();
    }

    /// <summary>Says in words what is not ready.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => new { status = entry.Value.Status.ToString(), description = entry.Value.Description }, StringComparer.Ordinal),
    });
}
