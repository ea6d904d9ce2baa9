using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Actions;

/// <summary>Reads a command's body as a registered action's type: strictly, since an unknown field would be accepted without effect.</summary>
internal static class ActionBody
{
    /// <summary>A type of its own mind says so by attributes: <see cref="JsonUnmappedMemberHandlingAttribute"/>, <see cref="JsonRequiredAttribute"/>.</summary>
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = JsonLimits.MaxDepth + 1,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The body; null where something was added to <paramref name="errors"/>.</summary>
    public static object? Read(JsonElement body, Type type, List<FieldError> errors)
    {
        if (body.ValueKind is not JsonValueKind.Object)
        {
            errors.Add(new FieldError("/body", "Must be a JSON object."));
            return null;
        }

        var before = errors.Count;
        CheckMembers(body, Options.GetTypeInfo(type), errors);
        if (errors.Count > before)
        {
            return null;
        }

        try
        {
            return body.Deserialize(type, Options);
        }
        catch (JsonException error)
        {
            errors.Add(new FieldError(Pointer(error.Path), "Does not fit what is expected here: another type of value, one that is required, or one that is unknown."));
            return null;
        }
    }

    /// <summary>Named one by one, all at once; deeper members are left to the reader, which stops at the first.</summary>
    private static void CheckMembers(JsonElement body, JsonTypeInfo type, List<FieldError> errors)
    {
        if (type.Kind is not JsonTypeInfoKind.Object)
        {
            return;
        }

        foreach (var required in type.Properties.Where(property => property.IsRequired && !body.TryGetProperty(property.Name, out _)))
        {
            errors.Add(new FieldError($"/body/{required.Name}", "Required."));
        }

        var takesUnknown = (type.UnmappedMemberHandling ?? Options.UnmappedMemberHandling) is JsonUnmappedMemberHandling.Skip
            || type.Properties.Any(property => property.IsExtensionData);
        if (takesUnknown)
        {
            return;
        }

        var known = type.Properties.Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject().Where(member => !known.Contains(member.Name)).Take(JsonLimits.MaxErrors))
        {
            var name = CleanText.Of(member.Name, 100);
            errors.Add(new FieldError($"/body/{Escape(name)}", $"Unknown. Known are: {string.Join(", ", known.Order(StringComparer.Ordinal))}."));
        }
    }

    /// <summary>System.Text.Json's own path, <c>$.list[0].name</c>, as a JSON Pointer. Names with dots or brackets are rare enough.</summary>
    private static string Pointer(string? path) =>
        "/body" + CleanText.Of(path?.TrimStart('$').Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)
            .Replace('.', '/').Replace('[', '/').Replace("]", "", StringComparison.Ordinal), 300);

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
