using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using CaseWorker.AspNetCore.Dashboard.Monitoring;
using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.AspNetCore.Diagnostics;
using CaseWorker.AspNetCore.Security;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>The page for operators: server-rendered, below <see cref="AccessServices.DashboardPath"/>, usable without script.</summary>
internal static class DashboardEndpoints
{
    /// <summary>Sent by the page's script when it refreshes what is shown.</summary>
    public const string LiveHeader = "X-Live";

    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'";

    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "caseworker-form";
            options.Cookie.Path = AccessServices.DashboardPath;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddSingleton<DeadLetterPageReader>();
        services.AddSingleton<QueueDepthReader>();
        services.AddSingleton<DashboardMonitor>();
        services.AddHostedService(provider => provider.GetRequiredService<DashboardMonitor>());
        return services;
    }

    /// <summary>Before sign-in is checked: that needs the database too.</summary>
    public static void UseDashboard(this WebApplication app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(AccessServices.DashboardPath, StringComparison.Ordinal),
        branch => branch.Use(GuardAsync));

    public static void MapDashboard(this WebApplication app)
    {
        app.MapGet("/", () => Results.Redirect(AccessServices.DashboardPath)).AllowAnonymous().ExcludeFromDescription();

        // Every form of the group is checked by the filter; the framework's own check has no page for people.
        var ops = app.MapGroup(AccessServices.DashboardPath).AddEndpointFilter(CheckFormAsync).DisableAntiforgery().ExcludeFromDescription();
        DashboardAssets.Map(ops);
        SignIn.Map(ops);
        ops.MapGet("/", async (DashboardMonitor watch, CancellationToken cancellationToken) => Page.Of<OverviewPage>(new { Overview = await watch.LookAsync(cancellationToken) }));
        DeadLetterPages.Map(ops);
        OperatorActionPages.Map(ops);
        CasePages.Map(ops);
        JobPages.Map(ops);
        ops.MapGet("/{**rest}", () => Page.Say(StatusCodes.Status404NotFound, "There is no such page", "The address may be old or mistyped. Use the links above."));
    }

    private static async ValueTask<object?> CheckFormAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        if (HttpMethods.IsPost(context.Request.Method) && !await context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context))
        {
            return Page.Say(
                StatusCodes.Status400BadRequest,
                "Nothing was done",
                "The form is too old, or it came from another page or sign-in. Go back, load the page again, and repeat what you wanted.");
        }

        return await next(invocation);
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        SetHeaders(context.Response.Headers);
        try
        {
            await next(context);
        }
        catch (Exception error) when (IsOfDatabase(error) && !context.Response.HasStarted)
        {
            context.RequestServices.GetRequiredService<ILogger<DashboardMonitor>>().DashboardUnavailable(error.GetBaseException().Message);
            context.Response.Clear();
            SetHeaders(context.Response.Headers);
            await Page.Say(StatusCodes.Status503ServiceUnavailable, Sentence(error).Title, Sentence(error).Text).ExecuteAsync(context);
        }
    }

    /// <summary>EF Core and the cookie's check may have wrapped it.</summary>
    private static bool IsOfDatabase(Exception? error) => error is NpgsqlException or TimeoutException || (error is not null && IsOfDatabase(error.InnerException));

    private static (string Title, string Text) Sentence(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } or NpgsqlException { InnerException: TimeoutException } =>
            ("The database takes too long", "It did not answer in time. It may be busy, or the filter finds too much: narrow it by case, kind or time. Nothing was changed by looking."),
        PostgresException refused => ("The database refused", $"It says: {SafeText.OneLine(refused.MessageText)} ({refused.SqlState}). `{ProgramName.Value} db assert` tells whether the schema fits."),
        _ => ("The database does not answer", $"Nothing can be shown until it does. The worker keeps what it holds and goes on by itself then. `{ProgramName.Value} check` says more."),
    };

    private static void SetHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";

        // As the antiforgery service wants it for pages with forms: it warns with every other value that it replaces.
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
    }
}
