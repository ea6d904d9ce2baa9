using CaseWorker.Formatting;
using Microsoft.AspNetCore.Http;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Refuses query parameters that an endpoint does not have: a filter that is mistyped must not become one that finds everything.</summary>
internal sealed class KnownQueryFilter : IEndpointFilter
{
    /// <exception cref="ProblemException">The query has a parameter that the endpoint does not know.</exception>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var metadata = context.HttpContext.GetEndpoint()!.Metadata;
        string[] known = [.. metadata.OfType<QueryText>().Select(text => text.Name), .. metadata.OfType<QueryNumber>().Select(number => number.Name)];
        var unknown = context.HttpContext.Request.Query.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase));
        return unknown is null
            ? next(context)
            : throw Problem.Invalid($"There is no query parameter \"{SafeText.OneLine(unknown, 40)}\" here. {(known.Length == 0 ? "This address takes none." : $"Known: {string.Join(", ", known.Distinct(StringComparer.Ordinal))}.")}");
    }
}
