using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CaseWorker.AspNetCore.Security;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace CaseWorker.AspNetCore.Api;

/// <summary>What the API says about itself, <c>GET /openapi/v1.json</c>: made from the endpoints, and completed where they cannot tell.</summary>
internal static class ApiDescription
{
    public const string Path = "/openapi/{documentName}.json";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) => Complete(document));
        options.AddOperationTransformer((operation, context, _) => Complete(operation, context));
        options.AddSchemaTransformer((schema, context, _) => Complete(schema, context));
    });

    private static Task Complete(OpenApiDocument document)
    {
        document.Info.Title = "CaseWorker";
        document.Info.Version = "1";
        document.Info.Description = "Reads cases and their history, sends commands, and deals with dead letters. Errors are problem+json (RFC 9457) whose type is urn:caseworker:problem:REASON.";
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes[ApiKeyHandler.SchemeName] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = $"A key that `{ProgramName.Value} key create` made: cwk_….",
        };
        return Task.CompletedTask;
    }

    private static Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        foreach (var number in metadata.OfType<QueryNumber>())
        {
            (operation.Parameters ??= []).Add(Describe(number));
        }

        foreach (var text in metadata.OfType<QueryText>())
        {
            (operation.Parameters ??= []).Add(Describe(text));
        }

        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>().Where(parameter => parameter.In is ParameterLocation.Path))
        {
            (parameter.Description, parameter.Schema) = parameter.Name switch
            {
                "reference" => ("The case, 1 to 9223372036854775807.", Reference()),
                "commandId" => ("The command's id.", new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" }),
                "deadLetterId" => ("The dead letter's number.", new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64" }),
                "jobId" => ("The job's id.", new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" }),
                _ => (parameter.Description, parameter.Schema),
            };
        }

        if (!metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiKeyHandler.SchemeName, context.Document)] = [] }];
            var scope = metadata.OfType<IAuthorizeData>().LastOrDefault(data => data.Policy is not null)?.Policy ?? AccessScope.Viewer;
            Add(operation, StatusCodes.Status401Unauthorized, "No key, or one that is unknown or revoked.");
            Add(operation, StatusCodes.Status403Forbidden, $"The key is no {scope}'s.");
            Add(operation, StatusCodes.Status503ServiceUnavailable, "The database or the broker is away. Retry-After says when to come again.");
        }

        return Task.CompletedTask;
    }

    private static Task Complete(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        if (context.JsonPropertyInfo is { } property && IsReference(property))
        {
            var (reference, isOptional) = (Reference(), property.PropertyType == typeof(long?));
            (schema.Type, schema.Pattern, schema.Format, schema.Description) = (isOptional ? reference.Type | JsonSchemaType.Null : reference.Type, reference.Pattern, null, "The case's key in digits.");
        }
        else if (context.JsonTypeInfo.Type == typeof(JsonElement) || context.JsonTypeInfo.Type == typeof(JsonElement?))
        {
            schema.Description ??= "Any JSON.";
        }

        return Task.CompletedTask;
    }

    private static void Add(OpenApiOperation operation, int status, string description) => (operation.Responses ??= []).TryAdd(
        FormattableString.Invariant($"{status}"),
        new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal) { [Problem.ContentType] = new() },
        });

    private static OpenApiParameter Describe(QueryNumber number) => new()
    {
        Name = number.Name,
        In = ParameterLocation.Query,
        Description = number.Description,
        Schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Format = "int64",
            Minimum = FormattableString.Invariant($"{number.Minimum}"),
            Maximum = FormattableString.Invariant($"{number.Maximum}"),
            Default = number.Default,
        },
    };

    private static OpenApiParameter Describe(QueryText text) => new()
    {
        Name = text.Name,
        In = ParameterLocation.Query,
        Description = text.Description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. text.Values.Select(value => (JsonNode)value)] },
    };

    /// <summary>An optional one has the converter inside the platform's own.</summary>
    private static bool IsReference(JsonPropertyInfo property) => property.CustomConverter is CaseReferenceConverter ||
        property.AttributeProvider?.GetCustomAttributes(typeof(JsonConverterAttribute), inherit: true) is [JsonConverterAttribute { ConverterType: { } converter }] && converter == typeof(CaseReferenceConverter);

    private static OpenApiSchema Reference() => new() { Type = JsonSchemaType.String, Pattern = "^[1-9][0-9]{0,18}$" };
}
