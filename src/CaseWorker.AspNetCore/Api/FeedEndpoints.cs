using System.Globalization;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Api;

/// <summary>The whole store's events in commit order.</summary>
internal static class FeedEndpoints
{
    private const string EventStream = "text/event-stream";

    public static void MapFeed(this IEndpointRouteBuilder routes) => routes.MapGet("/events", FeedAsync).WithName("getEvents").WithTags("Events")
        .RequireAuthorization(AccessScope.Viewer)
        .WithSummary("The events of all cases, in commit order, without gaps")
        .WithDescription("With Accept: text/event-stream the answer does not end: each event is sent as it is committed, as event case-event with the global nonce as its id. It goes on after Last-Event-ID where that header is given, else after the parameter after.")
        .WithMetadata(QueryNumber.AfterGlobalNonce, QueryNumber.Limit)
        .Produces<FeedPage>(StatusCodes.Status200OK, "application/json", EventStream)
        .ProducesProblem(StatusCodes.Status400BadRequest);

    private static async Task<IResult> FeedAsync(HttpContext context, EventFeed feed, FeedStreams streams)
    {
        if (context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(EventStream, StringComparison.OrdinalIgnoreCase)))
        {
            await streams.ServeAsync(context, LastEventId(context.Request) ?? QueryNumber.AfterGlobalNonce.Read(context.Request));
            return Results.Empty;
        }

        var (after, limit) = (QueryNumber.AfterGlobalNonce.Read(context.Request), (int)QueryNumber.Limit.Read(context.Request));
        return TypedResults.Ok(await feed.ReadAsync(after, limit, CaseReader.PageBytes, context.RequestAborted));
    }

    /// <summary>A browser that comes back sends it, to the same address as the first time.</summary>
    private static long? LastEventId(HttpRequest request) => request.Headers["Last-Event-ID"].ToString() switch
    {
        "" => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw Problem.Invalid("The header Last-Event-ID takes the global nonce of the last event that you have."),
    };
}
