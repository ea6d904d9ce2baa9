using CaseWorker.Contracts;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Cases, now or at a version or nonce, with their events and notes.</summary>
internal static class CaseEndpoints
{
    public const string Tag = "Cases";

    public static void MapCases(this IEndpointRouteBuilder routes)
    {
        var cases = routes.MapGroup("/cases/{reference}").WithTags(Tag).RequireAuthorization(AccessScope.Viewer)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        cases.MapGet("", CaseAsync).WithName("getCase")
            .WithSummary("A case, now or at a version or nonce")
            .WithDescription("The ETag is the version: If-None-Match answers 304 as long as the JSON is the same, although notes may have moved the nonce. With version or nonce the case is folded from its log.")
            .WithMetadata(QueryNumber.Version, QueryNumber.Nonce)
            .Produces<CaseSnapshot>().Produces(StatusCodes.Status304NotModified);
        cases.MapGet("/events", EventsAsync).WithName("getCaseEvents")
            .WithSummary("A case's events, by nonce").WithMetadata(QueryNumber.AfterNonce, QueryNumber.Limit).Produces<FeedPage>();
        cases.MapGet("/notes", NotesAsync).WithName("getCaseNotes")
            .WithSummary("A case's notes, by nonce").WithMetadata(QueryNumber.AfterNonce, QueryNumber.Limit).Produces<NotePage>();
    }

    /// <exception cref="ProblemException">It is not a case reference.</exception>
    public static long ReadReference(string text) => CaseReferenceConverter.TryParse(text, out var reference)
        ? reference
        : throw Problem.Invalid("A case reference is a positive 64-bit integer in digits, 1 to 9223372036854775807.");

    private static async Task<IResult> CaseAsync(string reference, HttpContext context, CaseReader cases)
    {
        var snapshot = await FindAsync(ReadReference(reference), context, cases);
        var tag = new EntityTagHeaderValue($"\"{FormattableString.Invariant($"{snapshot.Version}")}\"");
        context.Response.Headers.ETag = tag.ToString();
        return context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false) || known.Equals(EntityTagHeaderValue.Any))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(snapshot);
    }

    private static async Task<CaseSnapshot> FindAsync(long reference, HttpContext context, CaseReader cases)
    {
        var (version, nonce) = (QueryNumber.Version.Find(context.Request), QueryNumber.Nonce.Find(context.Request));
        if (version is null && nonce is null)
        {
            return await cases.FindAsync(reference, context.RequestAborted) ?? throw Problem.CaseNotFound(reference);
        }

        if (version is not null && nonce is not null)
        {
            throw Problem.Invalid("Pass a version or a nonce, not both.");
        }

        var past = await cases.FindAsync(reference, nonce, version, context.RequestAborted);
        var current = past.Current ?? throw Problem.CaseNotFound(reference);
        return past.Snapshot ?? throw NotReached(current, version, nonce);
    }

    private static ProblemException NotReached(CaseSnapshot current, long? version, long? nonce) => new(Problem.Of(
        StatusCodes.Status404NotFound,
        version is null ? "nonce-not-found" : "version-not-found",
        "Version not reached yet",
        FormattableString.Invariant($"Case {current.CaseReference} has no {(version is null ? $"nonce {nonce}" : $"version {version}")} yet: it is at version {current.Version}, nonce {current.Nonce}."),
        ("currentVersion", current.Version),
        ("currentNonce", current.Nonce)));

    private static async Task<Ok<FeedPage>> EventsAsync(string reference, HttpContext context, CaseReader cases)
    {
        var number = ReadReference(reference);
        var (after, limit) = (QueryNumber.AfterNonce.Read(context.Request), (int)QueryNumber.Limit.Read(context.Request));
        return TypedResults.Ok(await cases.EventsAsync(number, after, limit, context.RequestAborted) ?? throw Problem.CaseNotFound(number));
    }

    private static async Task<Ok<NotePage>> NotesAsync(string reference, HttpContext context, CaseReader cases)
    {
        var number = ReadReference(reference);
        var (after, limit) = (QueryNumber.AfterNonce.Read(context.Request), (int)QueryNumber.Limit.Read(context.Request));
        return TypedResults.Ok(await cases.NotesAsync(number, after, limit, context.RequestAborted) ?? throw Problem.CaseNotFound(number));
    }
}
