using System.Text.Encodings.Web;
using CaseWorker.Configuration;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.AspNetCore.Security;

/// <summary>Lets a request in by <c>Authorization: Bearer cwk_…</c>.</summary>
internal sealed class ApiKeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, ApiKeyTable keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        return await keys.FindAsync(header["Bearer ".Length..].Trim(), Context.RequestAborted) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(key.ToPrincipal(SchemeName), SchemeName))
            : AuthenticateResult.Fail("The key is unknown or revoked.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        return Results.Problem(
            $"Send a key in the header `Authorization: Bearer cwk_…`. `{ProgramName.Value} key create` makes one; a revoked one stays refused.",
            statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Results.Problem(
        $"The key \"{Context.User.Identity?.Name}\" may not do this. `{ProgramName.Value} key list` shows what each key may do.",
        statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(Context);
}
