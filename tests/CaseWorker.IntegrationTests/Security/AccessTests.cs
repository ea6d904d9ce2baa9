using System.Net;
using System.Net.Http.Headers;
using CaseWorker.IntegrationTests.Api;
using Shouldly;

namespace CaseWorker.IntegrationTests.Security;

/// <summary>Who may do what over HTTP.</summary>
public sealed class AccessTests(SmallEnvironment environment) : IClassFixture<SmallEnvironment>
{
    public static TheoryData<string> Reads => ["/cases/5", "/cases/5/events", "/cases/5/notes", "/events", "/commands/9f677f53-0a93-4a43-a5ec-1ec202813a47", "/dead-letters", "/dead-letters/1", "/jobs", "/audit", "/nowhere"];

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task Nobody_reads_without_a_good_key(string path)
    {
        await environment.Stranger.ProblemAsync(path, HttpStatusCode.Unauthorized, "unauthorized");
        foreach (var key in (string[])["cwk_00000000_000000000000000000000000000000000000000000000000", "x", ""])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
            using var response = await environment.Stranger.SendAsync(request);
            await response.ProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        }
    }

    [Fact]
    public async Task A_key_that_is_revoked_is_good_for_nothing_at_once()
    {
        var key = await environment.Worker.KeyAsync("viewer");
        (await StatusAsync(key)).ShouldBe(HttpStatusCode.OK);
        await environment.Workspace.ExecuteAsync($"UPDATE api_keys SET revoked_at = clock_timestamp() WHERE id = '{key.Split('_')[1]}'");
        (await StatusAsync(key)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("viewer")]
    [InlineData("operator")]
    public async Task Only_an_editor_sends_commands_and_who_tried_without_the_right_is_written_down(string scope)
    {
        var client = await environment.Worker.ClientAsync(scope);
        var before = await environment.Workspace.CountAsync("operator_audit");
        using var denied = await client.SendCommandAsync(CommandJson.Note(5, "not allowed"));
        await denied.ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        (await environment.Workspace.CountAsync("operator_audit")).ShouldBe(before + 1);
        (await environment.Workspace.ScalarAsync<string>("SELECT operator || ' ' || action FROM operator_audit ORDER BY id DESC LIMIT 1")).ShouldBe("tester POST /cases/5/commands");

        using var stranger = await environment.Stranger.SendCommandAsync(CommandJson.Note(5, "not allowed"));
        await stranger.ProblemAsync(HttpStatusCode.Unauthorized, "unauthorized");
        (await environment.Workspace.CountAsync("operator_audit")).ShouldBe(before + 1);
        (await environment.Workspace.CountAsync("case_notes WHERE body = 'not allowed'")).ShouldBe(0);
    }

    private async Task<HttpStatusCode> StatusAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cases/5");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await environment.Stranger.SendAsync(request);
        return response.StatusCode;
    }
}
