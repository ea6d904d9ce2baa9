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
        .WithDescription("With Accept: text/event-stream the answer does not end: each event is sent as it is committed, as event case-event with the global nonce as its id. It goes on after Last-Event-ID where that header is given, else after the parameter after. 410 says that the database was restored to a point before that event.")
        .WithMetadata(QueryNumber.AfterGlobalNonce, QueryNumber.Limit, QueryText.AfterCommand)
        .Produces<FeedPage>(StatusCodes.Status200OK, "application/json", EventStream)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status410Gone);

    private static async Task<IResult> FeedAsync(HttpContext context, EventFeed feed, FeedStreams streams)
    {
        var isStream = context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(EventStream, StringComparison.OrdinalIgnoreCase));
        var (given, limit, command) = (QueryNumber.AfterGlobalNonce.Read(context.Request), (int)QueryNumber.Limit.Read(context.Request), QueryText.AfterCommand.FindId(context.Request));
        var resumed = isStream ? LastEventId(context.Request) : null;
        var after = resumed ?? given;
        if (isStream || command is not null)
        {
            // A browser that resumes repeats the address of its first request: the command there belongs to the number there.
            await feed.CheckPositionAsync(after, resumed is null ? command : null, context.RequestAborted);
        }

        if (isStream)
        {
            await streams.ServeAsync(context, after);
            return Results.Empty;
        }

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
