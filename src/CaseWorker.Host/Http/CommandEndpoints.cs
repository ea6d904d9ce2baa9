using CaseWorker.Contracts;
using CaseWorker.Host.Access;
using CaseWorker.Reads;
using CaseWorker.Outcomes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.Host.Http;

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
    }

    public static IResult Json(CaseOutcome outcome) => TypedResults.Bytes(OutcomeJson.Write(outcome), "application/json");

    private static async Task<IResult> ReceiptAsync(string commandId, HttpContext context, CommandReceipts receipts)
    {
        if (!Guid.TryParseExact(commandId, "D", out var id))
        {
            throw Problem.Invalid("A command id is a UUID such as 9f677f53-0a93-4a43-a5ec-1ec202813a47.");
        }

        return await receipts.FindAsync(id, context.RequestAborted) is { } outcome
            ? Json(outcome)
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status404NotFound, "command-not-found", "The command is not known", $"Command {id} is not known: it was not published, is still queued, or has another id."));
    }
}
