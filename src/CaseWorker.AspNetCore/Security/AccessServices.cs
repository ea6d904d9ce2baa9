using CaseWorker.AspNetCore.Dashboard;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace CaseWorker.AspNetCore.Security;

/// <summary>
/// Deny by default: every endpoint that says nothing else needs a viewer. Programs send a key with each request; a browser signs in with a
/// key and gets a cookie, which is good below <see cref="DashboardPath"/> only, so that no other site can use it on the API.
/// </summary>
internal static class AccessServices
{
    public const string DashboardPath = "/ops";
    public const string SignInPath = DashboardPath + "/sign-in";

    private const string EitherScheme = "key-or-cookie";
    private static readonly TimeSpan SignInLasts = TimeSpan.FromHours(8);

    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeyTable>();
        services.AddDbContext<CookieKeysDbContext>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        services.AddDataProtection().SetApplicationName("caseworker").PersistKeysToDbContext<CookieKeysDbContext>();
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, displayName: null, options => options.ForwardDefaultSelector = context =>
                context.Request.Path.StartsWithSegments(DashboardPath, StringComparison.Ordinal) ? CookieAuthenticationDefaults.AuthenticationScheme : ApiKeyHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, displayName: null, configureOptions: null)
            .AddCookie(Configure);
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, DeniedActions>();
        var authorization = services.AddAuthorizationBuilder();
        foreach (var scope in AccessScope.All)
        {
            authorization.AddPolicy(scope, policy => policy.RequireRole(scope));
        }

        authorization.SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireRole(AccessScope.Viewer).Build());
        return services;
    }

    /// <summary>
    /// Takes away what would read the cookies' keys at the start: before the worker has looked at its database, and waiting for one that does
    /// not answer. To be called last: everything that needs cookies puts it back.
    /// </summary>
    public static void ReadCookieKeysWhenNeeded(this IServiceCollection services)
    {
        foreach (var early in services.Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(KeyManagementOptions).Assembly).ToList())
        {
            services.Remove(early);
        }
    }

    private static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "caseworker";
        options.Cookie.Path = DashboardPath;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = SignInLasts;
        options.SlidingExpiration = true;
        options.LoginPath = SignInPath;
        options.AccessDeniedPath = DashboardPath + "/denied";
        // A page that refreshes itself is nobody at work: it must not keep a sign-in alive.
        options.Events.OnCheckSlidingExpiration = context =>
        {
            context.ShouldRenew &= !context.HttpContext.Request.Headers.ContainsKey(DashboardEndpoints.LiveHeader);
            return Task.CompletedTask;
        };
        options.Events.OnValidatePrincipal = async context =>
        {
            var id = context.Principal?.FindFirst(ApiKey.IdClaim)?.Value ?? "";
            if (!await context.HttpContext.RequestServices.GetRequiredService<ApiKeyTable>().IsGoodAsync(id, context.HttpContext.RequestAborted))
            {
                context.RejectPrincipal();
                await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
            }
        };
    }
}
