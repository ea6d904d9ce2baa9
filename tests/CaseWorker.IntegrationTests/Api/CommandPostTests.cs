using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.Api;

/// <summary>POST /cases/{reference}/commands and GET /commands/{id}, against a running worker.</summary>
public sealed class CommandPostTests(Servers servers, SmallEnvironment environment) : IClassFixture<SmallEnvironment>
{
    [Fact]
    public async Task A_command_is_answered_with_its_outcome_as_subscribers_get_it_and_as_its_receipt_says_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using var worker = await HttpWorker.StartAsync(workspace);
        var client = await worker.ClientAsync("editor");
        JsonObject[] commands = [CommandJson.Create(7), CommandJson.Create(7), CommandJson.Note(8, "no such case"), CommandJson.Note(7, "noted", nonce: 2), CommandJson.Merge(7, [], version: 9)];
        HttpStatusCode[] expected = [HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.NotFound, HttpStatusCode.OK, HttpStatusCode.Conflict];
        foreach (var (command, status) in commands.Zip(expected))
        {
            using var response = await client.SendCommandAsync(command);
            var answer = await response.JsonAsync(status);
            var published = (await inbox.OfAsync(command)).Body;
            foreach (var (field, value) in published.Where(field => field.Key is not "status"))
            {
                JsonNode.DeepEquals(answer[field], value).ShouldBeTrue($"{field} of {answer.ToJsonString()}");
            }

            (await client.JsonAsync($"/commands/{CommandJson.IdOf(command)}")).ToJsonString().ShouldBe(published.ToJsonString());
        }

        inbox.All.Count.ShouldBe(commands.Length);
    }

    [Fact]
    public async Task A_conflict_says_the_current_numbers_and_the_event_that_was_not_seen()
    {
        using var response = await environment.Editor.SendCommandAsync(CommandJson.Replace(5, [], version: 7));
        var problem = await response.ProblemAsync(HttpStatusCode.Conflict, "version");
        problem["reason"]!.ToString().ShouldBe("version");
        (problem.Number("proposedVersion"), problem.Number("currentVersion"), problem["proposedNonce"]).ShouldBe((7, 1, null));
        problem["lastEvent"]!.Number("nonce").ShouldBe(problem.Number("currentNonce"));
        problem["detail"]!.ToString().ShouldContain("version 1");
    }

    [Fact]
    public async Task The_same_command_twice_has_one_effect_and_one_outcome_and_another_with_its_id_is_refused()
    {
        var command = CommandJson.Create(11);
        using var first = await environment.Editor.SendCommandAsync(command);
        using var second = await environment.Editor.SendCommandAsync(command);
        (await second.JsonAsync(HttpStatusCode.OK)).ToJsonString().ShouldBe((await first.JsonAsync(HttpStatusCode.OK)).ToJsonString());
        (await environment.Workspace.CountAsync("case_events WHERE case_reference = 11")).ShouldBe(1);

        using var reused = await environment.Editor.SendCommandAsync(CommandJson.Note(11, "another", id: CommandJson.IdOf(command)));
        await reused.ProblemAsync(HttpStatusCode.UnprocessableEntity, "command-id-reused");
    }

    [Fact]
    public async Task The_body_reaches_the_case_as_it_was_posted_and_the_key_is_the_actor_where_none_is_given()
    {
        var id = Guid.NewGuid();
        var deep = CaseReadTests.Deep(63);
        var body = $$"""{"n":1.50,"big":12345678901234567890123456789.25,"small":1e-300,"text":"é\u00e9 \"😀\"","deep":{{deep}},"z":null}""";
        using var response = await PostAsync("13", $$"""  {"commandId":"{{id}}","caseReference":null,"action":"case.create","body":{{body}},"actor":null,"issuedAt":"2026-11-23T09:29:58Z"} """);
        (await response.JsonAsync(HttpStatusCode.OK))["actor"]!.ToString().ShouldBe("tester");
        (await environment.Workspace.ScalarAsync<bool>($"SELECT json_blob = $json${body}$json$::jsonb AND json_blob::text = ($json${body}$json$::jsonb)::text FROM case_data WHERE reference = 13")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("not json", "not-json")]
    [InlineData("[]", "not-json")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"case.create","body":{"n":NaN}}""", "not-json")]
    [InlineData("""{"action":"case.create","body":{}}""", "no-command-id")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","caseReference":"5","caseReference":"5","action":"note.add","body":{"body":"x"}}""", "no-case-reference")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","caseReference":"6","action":"note.add","body":{"body":"x"}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"note.add","body":{"body":"x","body":"y"}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"note.add","action":"note.add","body":{"body":"x"}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"note.add","body":{"body":"x\u0000"}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"note.add","body":{"body":"\ud800"}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"note.ad","body":{"body":"x"}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"case.replace","body":{}}""", "invalid")]
    [InlineData("""{"commandId":"9f677f53-0a93-4a43-a5ec-1ec202813a47","action":"case.merge","body":{"n":1e999},"proposedVersion":2}""", "invalid")]
    public async Task What_is_no_valid_command_is_answered_at_once_and_never_published(string body, string reason)
    {
        using var response = await PostAsync("5", body);
        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest, reason);
        problem["detail"]!.ToString().ShouldNotBeEmpty();
        if (reason is "invalid")
        {
            problem["errors"]!.AsArray().ShouldNotBeEmpty();
            problem["commandId"]!.ToString().ShouldBe("9f677f53-0a93-4a43-a5ec-1ec202813a47");
        }

        await environment.Viewer.ProblemAsync("/commands/9f677f53-0a93-4a43-a5ec-1ec202813a47", HttpStatusCode.NotFound, "command-not-found");
    }

    [Fact]
    public async Task A_body_that_is_too_deep_too_large_or_no_json_at_all_is_refused()
    {
        var id = Guid.NewGuid();
        using var deep = await PostAsync("5", $$"""{"commandId":"{{id}}","action":"case.replace","proposedVersion":2,"body":{{CaseReadTests.Deep(65)}}}""");
        await deep.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
        using var over = await PostAsync("5", Note(id, 1024 * 1024));
        await over.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
        using var large = await PostAsync("5", Note(id, 1_200_000));
        await large.ProblemAsync(HttpStatusCode.RequestEntityTooLarge, "too-large");
        using var form = new StringContent("a=b", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var wrong = await environment.Editor.PostAsync(new Uri("/cases/5/commands", UriKind.Relative), form);
        await wrong.ProblemAsync(HttpStatusCode.UnsupportedMediaType, "unsupported-media-type");
        using var wait = await environment.Editor.SendCommandAsync(CommandJson.Note(5, "x"), "?wait=31");
        await wait.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    [Fact]
    public async Task Without_waiting_or_when_the_outcome_is_late_the_location_has_it_later()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using var worker = await HttpWorker.StartAsync(workspace);
        var client = await worker.ClientAsync("editor");
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(5));

        // The batch workers stand still where they would append: at the row that numbers all events.
        await using var connection = await workspace.Database.OpenConnectionAsync();
        await using var held = await connection.BeginTransactionAsync();
        await using var hold = new Npgsql.NpgsqlCommand("SELECT nonce FROM global_head FOR UPDATE", connection, held);
        await hold.ExecuteNonQueryAsync();
        var (late, unawaited) = (CommandJson.Note(5, "late"), CommandJson.Note(5, "not awaited"));
        using var first = await client.SendCommandAsync(late, "?wait=1");
        using var second = await client.SendCommandAsync(unawaited, "?wait=0");
        (await first.JsonAsync(HttpStatusCode.Accepted))["state"]!.ToString().ShouldBe("queued");
        (await second.JsonAsync(HttpStatusCode.Accepted))["state"]!.ToString().ShouldBe("published");
        await client.ProblemAsync(first.Headers.Location!.ToString(), HttpStatusCode.NotFound, "command-not-found");

        await held.RollbackAsync();
        await inbox.ForAllAsync([CommandJson.IdOf(late), CommandJson.IdOf(unawaited)]);
        foreach (var (response, nonce) in new[] { (first, 2), (second, 3) })
        {
            (await client.JsonAsync(response.Headers.Location!.ToString())).Number("nonce").ShouldBe(nonce);
        }
    }

    [Fact]
    public async Task A_parked_command_is_answered_202_and_its_receipt_is_the_notice_until_its_outcome_comes()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using var worker = await HttpWorker.StartAsync(workspace);
        var client = await worker.ClientAsync("editor");
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(4));
        await Poison.AddAsync(workspace);
        var (poison, behind) = (Poison.Note(4), CommandJson.Note(4, "behind it"));
        behind["correlationId"] = "thread 7";
        await (await workspace.PublisherAsync()).SendAsync(poison);
        await inbox.NoticeAsync(poison);

        using var response = await client.SendCommandAsync(behind, "?wait=1");
        (await response.JsonAsync(HttpStatusCode.Accepted))["state"]!.ToString().ShouldBe("parked");
        foreach (var command in new[] { poison, behind })
        {
            var notice = (await inbox.NoticeAsync(command)).Body;
            (await client.JsonAsync($"/commands/{CommandJson.IdOf(command)}")).ToJsonString().ShouldBe(notice.ToJsonString());
        }

        await Poison.RemoveAsync(workspace);
        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new CaseWorker.DeadLetters.DeadLetterQuery());
        var outcome = await inbox.FinalAsync(behind);
        (await client.JsonAsync(response.Headers.Location!.ToString())).ToJsonString().ShouldBe(outcome.Body.ToJsonString());
    }

    [Fact]
    public async Task A_broker_or_a_database_that_is_away_is_a_503_that_says_when_to_come_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var broker = NetworkProxy.To(workspace.Broker.Port);
        await using var database = NetworkProxy.To(new Npgsql.NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port);
        broker.Open();
        database.Open();
        await using var worker = await HttpWorker.StartAsync(
            workspace,
            ("RabbitMq__Uri", new UriBuilder(workspace.Broker) { Port = broker.Port }.Uri.ToString()),
            ("ConnectionStrings__CaseWorker", new Npgsql.NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = database.Port }.ConnectionString));
        var client = await worker.ClientAsync("editor");
        using var good = await client.SendCommandAsync(CommandJson.Create(5));
        await good.JsonAsync(HttpStatusCode.OK);

        broker.Close();
        var command = CommandJson.Note(5, "x");
        using var away = await client.SendCommandAsync(command, "?wait=2");
        var problem = await away.ProblemAsync(HttpStatusCode.ServiceUnavailable, "broker-unavailable");
        problem["commandId"]!.ToString().ShouldBe(CommandJson.IdOf(command).ToString());
        away.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
        (await client.JsonAsync("/cases/5")).Number("nonce").ShouldBe(1, "reading goes on");

        database.Close();
        using var unread = await client.GetAsync(new Uri("/cases/5", UriKind.Relative));
        var text = (await unread.ProblemAsync(HttpStatusCode.ServiceUnavailable, "database-unavailable")).ToJsonString();
        text.ShouldNotContain("Npgsql");
        unread.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
    }

    private static string Note(Guid id, int length) => CommandJson.Note(5, new string('x', length), id: id).ToJsonString();

    private async Task<HttpResponseMessage> PostAsync(string reference, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        return await environment.Editor.PostAsync(new Uri($"/cases/{reference}/commands", UriKind.Relative), content);
    }
}
