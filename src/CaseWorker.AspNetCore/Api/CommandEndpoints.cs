using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Api;

/// <summary>What became of commands, and sending them.</summary>
internal static class CommandEndpoints
{
    public const string Tag = "Commands";

    public static void MapCommands(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/commands/{commandId}", ReceiptAsync).WithName("getCommand").WithTags(Tag).RequireAuthorization(AccessScope.Viewer)
            .WithSummary("What became of a command")
            .WithDescription("The outcome exactly as it was published: accepted, conflicted or rejected; or the notice that the command is parked. Its own status field tells how it went.")
            .Produces<CaseOutcome>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        routes.MapPost("/cases/{reference}/commands", SendAsync).WithName("postCommand").WithTags(Tag).RequireAuthorization(AccessScope.Editor)
            .WithSummary("Sends a command to a case and waits for its outcome")
            .WithDescription("The body is a command; caseReference may be left out, and actor is the key's name where it is not given. Sent again with the same command id, it has no second effect and the answer is its original outcome.")
            .WithMetadata(QueryNumber.Wait)
            .Accepts<CaseCommand>("application/json")
            .Produces<CaseAccepted>()
            .Produces<PendingCommand>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    public static IResult Json(CaseOutcome outcome) => TypedResults.Bytes(OutcomeJson.Write(outcome), "application/json");

    private static async Task<IResult> SendAsync(string reference, HttpContext context, CommandSubmission operations)
    {
        var number = CaseEndpoints.ReadReference(reference);
        var wait = TimeSpan.FromSeconds(QueryNumber.Wait.Read(context.Request));
        return await operations.SendAsync(number, await PostedCommand.ReadAsync(context.Request), context.User.Identity?.Name, wait, context.RequestAborted);
    }

    private static async Task<IResult> ReceiptAsync(string commandId, HttpContext context, CommandReceipts receipts)
    {
        if (!Guid.TryParseExact(commandId, "D", out var id))
        {
            throw Problem.Invalid("A command id is a UUID such as 9f677f53-0a93-4a43-a5ec-1ec202813a47.");
        }

        return await receipts.FindAsync(id, context.RequestAborted) is { } outcome
            ? Json(outcome)
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status404NotFound, "command-not-found", "Command not found", $"Command {id} is not known: it was not published, is still queued, or has another id."));
    }
}
