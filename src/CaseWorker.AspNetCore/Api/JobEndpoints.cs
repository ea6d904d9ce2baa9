using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Operators' jobs with their progress, and the audit.</summary>
internal static class JobEndpoints
{
    public const string Tag = "Jobs and audit";

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").WithTags(Tag).ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/jobs", JobsAsync).WithName("getJobs").RequireAuthorization(AccessScope.Viewer)
            .WithSummary("Jobs, the newest first").WithMetadata(QueryNumber.Rows).Produces<JobList>();
        group.MapGet("/jobs/{jobId}", JobAsync).WithName("getJob").RequireAuthorization(AccessScope.Viewer)
            .WithSummary("How far a job is").WithDescription("It has ended when finishedAt is set.").Produces<OperatorJob>().ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/jobs/{jobId}/cancel", CancelAsync).WithName("cancelJob").RequireAuthorization(AccessScope.Operator)
            .WithSummary("Stops a job after the commands that it has in hand").WithDescription("What it has replayed stays.")
            .Accepts<CancelRequest>("application/json").Produces<OperatorJob>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        group.MapGet("/audit", AuditAsync).WithName("getAudit").RequireAuthorization(AccessScope.Viewer)
            .WithSummary("What operators did or were refused, the newest first").WithMetadata(QueryNumber.BeforeEntry, QueryNumber.Rows).Produces<AuditPage>();
    }

    private static async Task<Ok<JobList>> JobsAsync(HttpContext context, DeadLetterOperations operations) =>
        TypedResults.Ok(new JobList(await operations.JobsAsync((int)QueryNumber.Rows.Read(context.Request), context.RequestAborted)));

    private static async Task<Ok<OperatorJob>> JobAsync(string jobId, HttpContext context, DeadLetterOperations operations) =>
        TypedResults.Ok(await FindAsync(ReadId(jobId), context, operations));

    private static async Task<Accepted<OperatorJob>> CancelAsync(string jobId, HttpContext context, DeadLetterOperations operations)
    {
        var id = ReadId(jobId);
        var action = OperatorActionEndpoints.OperatorActionOf(context, (await DeadLetterSelection.ReadAsync<CancelRequest>(context.Request)).Reason);
        await FindAsync(id, context, operations);
        return await operations.CancelAsync(action, id, context.RequestAborted)
            ? TypedResults.Accepted($"/jobs/{id}", await FindAsync(id, context, operations))
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status409Conflict, "job-ended", "The job has ended", $"Job {id} had ended before it could be cancelled. What it replayed stays."));
    }

    private static async Task<Ok<AuditPage>> AuditAsync(HttpContext context, DeadLetterOperations operations)
    {
        var (before, limit) = (QueryNumber.BeforeEntry.Find(context.Request), (int)QueryNumber.Rows.Read(context.Request));
        var rows = await operations.AuditAsync(limit + 1, before, context.RequestAborted);
        AuditEntry[] entries = [.. rows.Take(limit)];
        return TypedResults.Ok(new AuditPage(entries, entries is [.., var last] ? last.Id : before, rows.Count > limit));
    }

    private static Guid ReadId(string text) => Guid.TryParseExact(text, "D", out var id)
        ? id
        : throw Problem.Invalid("A job's id is a UUID such as 019abf2c-7d1e-7c36-9a0b-5d2f6c1e8a47.");

    private static async Task<OperatorJob> FindAsync(Guid id, HttpContext context, DeadLetterOperations operations) =>
        await operations.FindJobAsync(id, context.RequestAborted)
            ?? throw new ProblemException(Problem.Of(StatusCodes.Status404NotFound, "job-not-found", "Job not found", $"No job has the id {id}. GET /jobs lists them."));
}

/// <summary>Some jobs, the newest first.</summary>
internal sealed record JobList(IReadOnlyList<OperatorJob> Jobs);

/// <summary>Some of the audit, the newest first.</summary>
/// <param name="Entries">At most as many as were asked for.</param>
/// <param name="Before">Ask for what is before this number next; as it was asked for where there was nothing.</param>
/// <param name="HasMore">Whether there is more.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, long? Before, bool HasMore);
