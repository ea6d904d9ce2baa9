using System.Net;
using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.Api;

/// <summary>What the API answers, as a program reads it.</summary>
internal static class Answers
{
    public static async Task<JsonObject> JsonAsync(this HttpClient client, string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await response.JsonAsync(status);
    }

    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe((int)status < 400 ? "application/json" : "application/problem+json");
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>A refusal is a problem that says its reason, its status and what to do.</summary>
    public static async Task<JsonObject> ProblemAsync(this HttpResponseMessage response, HttpStatusCode status, string reason)
    {
        var problem = await response.JsonAsync(status);
        problem["type"]!.ToString().ShouldBe($"urn:caseworker:problem:{reason}");
        problem["status"]!.GetValue<int>().ShouldBe((int)status);
        problem["title"]!.ToString().ShouldNotBeEmpty();
        return problem;
    }

    public static async Task<JsonObject> ProblemAsync(this HttpClient client, string path, HttpStatusCode status, string reason)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await response.ProblemAsync(status, reason);
    }

    /// <summary>Posts a command to its case.</summary>
    public static async Task<HttpResponseMessage> SendCommandAsync(this HttpClient client, JsonObject command, string query = "")
    {
        using var content = new StringContent(command.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri($"/cases/{CommandJson.CaseOf(command)}/commands{query}", UriKind.Relative), content);
    }

    public static long Number(this JsonNode json, string field) => json[field]!.GetValue<long>();

    /// <summary>Whether two texts are the same JSON, whatever the order of keys.</summary>
    public static bool SameJson(string left, string right) => JsonNode.DeepEquals(JsonNode.Parse(left), JsonNode.Parse(right));
}
