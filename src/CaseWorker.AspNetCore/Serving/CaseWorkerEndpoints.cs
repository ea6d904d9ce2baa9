using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using CaseWorker.AspNetCore.Api;
using CaseWorker.AspNetCore.Dashboard;
using CaseWorker.AspNetCore.Security;
using CaseWorker.Client;
using CaseWorker.Configuration;
using CaseWorker.Json;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace CaseWorker.AspNetCore.Serving;

/// <summary>Everything that the worker serves over HTTP.</summary>
internal static class CaseWorkerEndpoints
{
    internal static IServiceCollection AddCaseWorkerEndpoints(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = Name);
        services.AddExceptionHandler<ProblemHandler>();
        services.ConfigureHttpJsonOptions(options =>
        {
            // As deep as a case may be, in an answer's own levels; and only what JSON needs is escaped: nobody puts this into a page as it is.
            options.SerializerOptions.MaxDepth = JsonLimits.MaxDepth + 8;
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddCaseWorkerClient(_ => { });
        services.AddOptions<CaseWorkerClientOptions>().Configure<ConnectionSettings, IOptions<CaseWorkerOptions>>((client, connections, worker) =>
            (client.Broker, client.Slots) = (connections.Broker, worker.Value.Slots));
        services.AddSingleton<CommandSubmission>();
        services.AddSingleton<ReadDatabase>();
        services.AddSingleton<DeadLetterSearch>();
        services.AddSingleton<OperatorLog>();
        services.AddSingleton<FeedNotifier>();
        services.AddHostedService(provider => provider.GetRequiredService<FeedNotifier>());
        services.AddSingleton<FeedStreams>();
        services.AddHostedService<StartReport>();
        services.AddApiDescription();
        services.AddAccess();
        services.AddDashboard();
        services.ReadCookieKeysWhenNeeded();
        return services;
    }

    internal static void Map(WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseDashboard();
        app.UseAuthentication();
        app.UseAuthorization();
        // MapHealthChecks would create the bus now, and with it read settings that a command such as `describe` does not need.
        app.MapGet("/livez", (HttpContext context) => AnswerAsync(context, _ => false, (response, report) => response.WriteAsync(report.Status.ToString()))).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/readyz", (HttpContext context) => AnswerAsync(context, predicate: null, WriteAsync)).AllowAnonymous().ExcludeFromDescription();
        app.MapOpenApi(ApiDescription.Path).AllowAnonymous();
        var api = app.MapGroup("").AddEndpointFilter<KnownQueryFilter>();
        api.MapCases();
        api.MapFeed();
        api.MapCommands();
        api.MapDeadLetters();
        api.MapOperatorActions();
        api.MapJobs();
        app.MapDashboard();
    }

    /// <summary>Problems that the framework answers have a type as ours have.</summary>
    private static void Name(ProblemDetailsContext context)
    {
        if (context.ProblemDetails.Type?.StartsWith(Problem.TypePrefix, StringComparison.Ordinal) != true)
        {
            context.ProblemDetails.Type = Problem.TypePrefix + (context.ProblemDetails.Status switch
            {
                StatusCodes.Status401Unauthorized => "unauthorized",
                StatusCodes.Status403Forbidden => "forbidden",
                StatusCodes.Status404NotFound => "no-such-path",
                StatusCodes.Status405MethodNotAllowed => "method-not-allowed",
                StatusCodes.Status415UnsupportedMediaType => "unsupported-media-type",
                >= 500 => "failure",
                _ => "invalid",
            });
        }
    }

    private static async Task AnswerAsync(HttpContext context, Func<HealthCheckRegistration, bool>? predicate, Func<HttpResponse, HealthReport, Task> write)
    {
        var report = await context.RequestServices.GetRequiredService<HealthCheckService>().CheckHealthAsync(predicate, context.RequestAborted);
        context.Response.StatusCode = report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        context.Response.Headers.CacheControl = "no-store, no-cache";
        await write(context.Response, report);
    }

    /// <summary>Says in words what is not ready.</summary>
    private static Task WriteAsync(HttpResponse response, HealthReport report) => response.WriteAsJsonAsync(new
    {
        status = report.Status.ToString(),
        checks = report.Entries.ToDictionary(entry => entry.Key, entry => new { status = entry.Value.Status.ToString(), description = entry.Value.Description }, StringComparer.Ordinal),
    });
}
