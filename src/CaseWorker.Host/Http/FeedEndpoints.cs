using CaseWorker.Contracts;
using CaseWorker.Host.Access;
using CaseWorker.Reads;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.Host.Http;

/// <summary>The whole store's events in commit order.</summary>
internal static class FeedEndpoints
{
    public static void MapFeed(this IEndpointRouteBuilder routes) => routes.MapGet("/events", FeedAsync).WithName("getEvents").WithTags("Events")
        .RequireAuthorization(AccessScope.Viewer)
        .WithSummary("The events of all cases, in commit order, without gaps")
        .WithMetadata(QueryNumber.AfterGlobalNonce, QueryNumber.Limit)
        .Produces<FeedPage>()
        .ProducesProblem(StatusCodes.Status400BadRequest);

    private static async Task<IResult> FeedAsync(HttpContext context, EventFeed feed)
    {
        var (after, limit) = (QueryNumber.AfterGlobalNonce.Read(context.Request), (int)QueryNumber.Limit.Read(context.Request));
        return TypedResults.Ok(await feed.ReadAsync(after, limit, CaseReader.PageBytes, context.RequestAborted));
    }
}
