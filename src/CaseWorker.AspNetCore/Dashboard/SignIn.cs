using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.AspNetCore.Security;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>People sign in with a key and get a cookie.</summary>
internal static class SignIn
{
    public static void Map(IEndpointRouteBuilder ops)
    {
        ops.MapGet("/sign-in", (string? returnUrl) => Page.Of<SignInPage>(new { ReturnUrl = LocalOf(returnUrl), IsWrong = false })).AllowAnonymous();
        ops.MapPost("/sign-in", InAsync).AllowAnonymous();
        ops.MapPost("/sign-out", (Delegate)OutAsync).AllowAnonymous();
        ops.MapGet("/denied", () => Page.Say(
            StatusCodes.Status403Forbidden,
            "Your key does not allow this",
            "A viewer's key only reads. Dead letters are dealt with under an operator's or editor's key; sign out and in again with one. Nothing was done; an attempt to change something is in the audit."));
    }

    private static async Task<IResult> InAsync([FromForm] string? key, [FromForm] string? returnUrl, ApiKeyTable keys, HttpContext context)
    {
        if (await keys.FindAsync((key ?? "").Trim(), context.RequestAborted) is not { } found)
        {
            return Page.Of<SignInPage>(new { ReturnUrl = LocalOf(returnUrl), IsWrong = true }, StatusCodes.Status401Unauthorized);
        }

        await context.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, found.ToPrincipal(CookieAuthenticationDefaults.AuthenticationScheme));
        return Results.LocalRedirect(LocalOf(returnUrl));
    }

    private static async Task<IResult> OutAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.LocalRedirect(AccessServices.SignInPath);
    }

    /// <summary>Only to the page's own addresses: a link to the sign-in must not lead somewhere else.</summary>
    private static string LocalOf(string? url) =>
        url is not null && url.StartsWith(AccessServices.DashboardPath + "/", StringComparison.Ordinal) && !url.StartsWith(AccessServices.DashboardPath + "/sign", StringComparison.Ordinal) && !url.Any(char.IsControl)
            ? url
            : AccessServices.DashboardPath;
}
