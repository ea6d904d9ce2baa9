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
            .WithSummary("How far a job is").WithDescription("It has ended when finishedAt is set.").Produces<JobRow>().ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/jobs/{jobId}/cancel", CancelAsync).WithName("cancelJob").RequireAuthorization(AccessScope.Operator)
            .WithSummary("Stops a job after the commands that it has in hand").WithDescription("What it has replayed stays.")
            .Accepts<CancelRequest>("application/json").Produces<JobRow>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        group.MapGet("/audit", AuditAsync).WithName("getAudit").RequireAuthorization(AccessScope.Viewer)
            .WithSummary("What operators did or were refused, the newest first").WithMetadata(QueryNumber.BeforeEntry, QueryNumber.Rows).Produces<AuditPage>();
    }

    private static async Task<Ok<JobList>> JobsAsync(HttpContext context, DeadLetterOperations operations) =>
        TypedResults.Ok(new JobList(await operations.JobsAsync(limit: (int)QueryNumber.Rows.Read(context.Request), cancellationToken: context.RequestAborted)));

    private static async Task<Ok<JobRow>> JobAsync(string jobId, HttpContext context, DeadLetterOperations operations) =>
        TypedResults.Ok(await FindAsync(ReadId(jobId), context, operations));

    private static async Task<Accepted<JobRow>> CancelAsync(string jobId, HttpContext context, DeadLetterOperations operations)
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
        AuditEntry[] entries = [.. rows.Take(limit).Select(AuditEntry.Of)];
        return TypedResults.Ok(new AuditPage(entries, entries is [.., var last] ? last.Id : before, rows.Count > limit));
    }

    private static Guid ReadId(string text) => Guid.TryParseExact(text, "D", out var id)
        ? id
        : throw Problem.Invalid("A job's id is a UUID such as 019abf2c-7d1e-7c36-9a0b-5d2f6c1e8a47.");

    private static async Task<JobRow> FindAsync(Guid id, HttpContext context, DeadLetterOperations operations) =>
        await operations.JobsAsync(id, 1, context.RequestAborted) is [var job]
            ? job
            : throw new ProblemException(Problem.Of(StatusCodes.Status404NotFound, "job-not-found", "Job not found", $"No job has the id {id}. GET /jobs lists them."));
}

/// <summary>Some jobs, the newest first.</summary>
internal sealed record JobList(IReadOnlyList<JobRow> Jobs);

/// <summary>Some of the audit, the newest first.</summary>
/// <param name="Entries">At most as many as were asked for.</param>
/// <param name="Before">Ask for what is before this number next; as it was asked for where there was nothing.</param>
/// <param name="HasMore">Whether there is more.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, long? Before, bool HasMore);

/// <summary>What an operator did or was refused.</summary>
/// <param name="Filter">Which dead letters were asked for.</param>
/// <param name="DeadLetters">How many it was about.</param>
internal sealed record AuditEntry(long Id, DateTimeOffset At, string Operator, string Action, JsonElement? Filter, [property: JsonPropertyName("letters")] int DeadLetters, string? Reason, string Result)
{
    public static AuditEntry Of(AuditRow row) => new(
        row.Id, row.At, row.Operator, row.Action, row.Filter is null ? null : JsonElement.Parse(row.Filter), row.DeadLetters, row.Reason, row.Result);
}
