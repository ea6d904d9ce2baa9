using CaseWorker.DeadLetters;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace CaseWorker.AspNetCore.Security;

/// <summary>Writes into the audit who tried to change something without the right to. Strangers are not written down: they could fill it.</summary>
internal sealed class DeniedActions(DeadLetterOperations operations) : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler inner = new();

    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Forbidden && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await operations.DenyAsync(new OperatorAction(context.User.Identity?.Name ?? "unknown", ""), $"{context.Request.Method} {context.Request.Path}", new DeadLetterQuery(), "denied: the key's scope does not allow it", context.RequestAborted);
        }

        await inner.HandleAsync(next, context, policy, authorizeResult);
    }
}
