using CaseWorker.AspNetCore.Dashboard.DeadLetters;
using CaseWorker.AspNetCore.Dashboard.Pages;
using CaseWorker.AspNetCore.Security;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
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
        ops.MapGet("/jobs", async (Guid? before, LogReader logs, CancellationToken cancellationToken) =>
        {
            var jobs = await logs.JobsAsync(before, cancellationToken);
            return Page.Of<JobsPage>(new { Jobs = (IReadOnlyList<JobLine>)[.. jobs.Take(LogReader.PageSize)], HasMore = jobs.Count > LogReader.PageSize });
        });
        ops.MapGet("/jobs/{id:guid}", (Guid id, LogReader logs, CancellationToken cancellationToken) => ShowAsync(id, null, logs, cancellationToken));
        ops.MapPost("/jobs/{id:guid}/cancel", CancelAsync).RequireAuthorization(AccessScope.Operator);
        ops.MapGet("/audit", async (long? before, LogReader logs, CancellationToken cancellationToken) =>
        {
            var audit = await logs.AuditAsync(before, cancellationToken);
            return Page.Of<AuditPage>(new { Audit = (IReadOnlyList<AuditLine>)[.. audit.Take(LogReader.PageSize)], HasMore = audit.Count > LogReader.PageSize });
        });
    }

    private static async Task<IResult> ShowAsync(Guid id, string? problem, LogReader logs, CancellationToken cancellationToken) =>
        await logs.JobAsync(id, cancellationToken) is { } job
            ? Page.Of<JobPage>(
                new { Job = job, DeadLetters = (IReadOnlyList<DeadLetterLine>)await logs.DeadLettersOfJobAsync(id, cancellationToken), Problem = problem },
                problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity)
            : Page.Say(StatusCodes.Status404NotFound, "Job not found", $"No job has the id {id}.");

    private static async Task<IResult> CancelAsync(Guid id, [FromForm] string? reason, HttpContext context, LogReader logs, DeadLetterOperations operations, CancellationToken cancellationToken)
    {
        var why = OperatorAction.CleanReason(reason);
        if (why.Length == 0)
        {
            return await ShowAsync(id, "Say why: the reason goes into the audit.", logs, cancellationToken);
        }

        return await operations.CancelAsync(new OperatorAction(context.User.Identity!.Name!, why), id, cancellationToken)
            ? Results.LocalRedirect($"{AccessServices.DashboardPath}/jobs/{id}")
            : await ShowAsync(id, "It had ended before it could be cancelled.", logs, cancellationToken);
    }
}
