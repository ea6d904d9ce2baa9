using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.AspNetCore.Security;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace CaseWorker.AspNetCore.Dashboard;

/// <summary>Jobs with their progress, and the audit.</summary>
internal static class JobPages
{
    public static void Map(IEndpointRouteBuilder ops)
    {
        ops.MapGet("/jobs", async (Guid? before, OperatorLog log, CancellationToken cancellationToken) =>
        {
            var jobs = await log.JobsAsync(before, DeadLetterPageReader.PageSize + 1, cancellationToken);
            return Page.Of<JobsPage>(new { Jobs = (IReadOnlyList<JobLine>)[.. jobs.Take(DeadLetterPageReader.PageSize).Select(JobLine.Of)], HasMore = jobs.Count > DeadLetterPageReader.PageSize });
        });
        ops.MapGet("/jobs/{id:guid}", (Guid id, OperatorLog log, CancellationToken cancellationToken) => ShowAsync(id, null, log, cancellationToken));
        ops.MapPost("/jobs/{id:guid}/cancel", CancelAsync).RequireAuthorization(AccessScope.Operator);
        ops.MapGet("/audit", async (long? before, OperatorLog log, CancellationToken cancellationToken) =>
        {
            var audit = await log.AuditAsync(before, DeadLetterPageReader.PageSize + 1, cancellationToken);
            return Page.Of<AuditPage>(new { Audit = (IReadOnlyList<AuditLine>)[.. audit.Take(DeadLetterPageReader.PageSize).Select(AuditLine.Of)], HasMore = audit.Count > DeadLetterPageReader.PageSize });
        });
    }

    private static async Task<IResult> ShowAsync(Guid id, string? problem, OperatorLog log, CancellationToken cancellationToken) =>
        await log.JobAsync(id, cancellationToken) is { } job
            ? Page.Of<JobPage>(
                new { Job = JobLine.Of(job), DeadLetters = (IReadOnlyList<DeadLetterLine>)[.. (await log.DeadLettersOfJobAsync(id, cancellationToken)).Select(DeadLetterLine.Of)], Problem = problem },
                problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity)
            : Page.Say(StatusCodes.Status404NotFound, "Job not found", $"No job has the id {id}.");

    private static async Task<IResult> CancelAsync(Guid id, [FromForm] string? reason, HttpContext context, OperatorLog log, DeadLetterOperations operations, CancellationToken cancellationToken)
    {
        var why = OperatorAction.CleanReason(reason);
        if (why.Length == 0)
        {
            return await ShowAsync(id, "Say why: the reason goes into the audit.", log, cancellationToken);
        }

        return await operations.CancelAsync(new OperatorAction(context.User.Identity!.Name!, why), id, cancellationToken)
            ? Results.LocalRedirect($"{AccessServices.DashboardPath}/jobs/{id}")
            : await ShowAsync(id, "It had ended before it could be cancelled.", log, cancellationToken);
    }
}
