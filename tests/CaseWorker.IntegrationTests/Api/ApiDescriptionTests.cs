using System.Net;
using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.Api;

/// <summary>GET /openapi/v1.json, which a stranger reads first.</summary>
public sealed class ApiDescriptionTests(SmallEnvironment environment) : IClassFixture<SmallEnvironment>
{
    [Fact]
    public async Task It_needs_no_key_and_has_every_path_with_its_answers_and_what_it_takes()
    {
        var document = await environment.Stranger.JsonAsync("/openapi/v1.json");
        document["openapi"]!.ToString().ShouldStartWith("3.");
        var operations = Operations(document);
        foreach (var path in (string[])["GET /cases/{reference}", "GET /cases/{reference}/events", "GET /cases/{reference}/notes", "GET /commands/{commandId}", "POST /cases/{reference}/commands", "GET /events",
            "GET /dead-letters", "GET /dead-letters/{deadLetterId}", "POST /dead-letters/preview", "POST /dead-letters/replay", "POST /dead-letters/rebase", "POST /dead-letters/discard",
            "POST /dead-letters/restore", "POST /dead-letters/{deadLetterId}/edit", "GET /jobs", "GET /jobs/{jobId}", "POST /jobs/{jobId}/cancel", "GET /audit"])
        {
            var operation = operations.GetValueOrDefault(path).ShouldNotBeNull(path);
            operation["summary"]!.ToString().ShouldNotBeEmpty(path);
            operation["operationId"]!.ToString().ShouldNotBeEmpty(path);
            operation["security"]!.AsArray().ShouldNotBeEmpty(path);
            foreach (var status in (string[])[path is "POST /jobs/{jobId}/cancel" ? "202" : "200", "400", "401", "403", "503"])
            {
                operation["responses"]![status].ShouldNotBeNull($"{path} {status}");
            }
        }

        document["components"]!["securitySchemes"]!["Bearer"]!["scheme"]!.ToString().ShouldBe("bearer");
        var wait = operations["POST /cases/{reference}/commands"]["parameters"]!.AsArray().Single(entry => entry!["name"]!.ToString() == "wait")!["schema"]!;
        var states = operations["GET /dead-letters"]["parameters"]!.AsArray().Single(entry => entry!["name"]!.ToString() == "state")!["schema"]!;
        states["enum"]!.AsArray().Select(entry => entry!.ToString()).ShouldBe(["open", "applied", "replayed", "discarded", "skipped", "all"]);
        (wait.Number("minimum"), wait.Number("maximum"), wait.Number("default")).ShouldBe((0, 30, 10));
    }

    [Fact]
    public async Task Every_path_that_it_has_wants_a_key_and_exists()
    {
        foreach (var (name, _) in Operations(await environment.Stranger.JsonAsync("/openapi/v1.json")))
        {
            var (method, path) = (name.Split(' ')[0], name.Split(' ')[1].Replace("{reference}", "5", StringComparison.Ordinal).Replace("{commandId}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
                .Replace("{deadLetterId}", "1", StringComparison.Ordinal).Replace("{jobId}", Guid.NewGuid().ToString(), StringComparison.Ordinal));
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await environment.Stranger.SendAsync(request);
            response.StatusCode.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.UnsupportedMediaType);
        }
    }

    private static Dictionary<string, JsonNode> Operations(JsonObject document) => document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => (Name: $"{operation.Key.ToUpperInvariant()} {path.Key}", Operation: operation.Value!)))
        .ToDictionary(entry => entry.Name, entry => entry.Operation, StringComparer.Ordinal);
}
