using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Queries;
using Shouldly;

namespace CaseWorker.IntegrationTests.Api;

/// <summary>GET /cases/{reference} with its events and notes, against a running worker.</summary>
public sealed class CaseReadTests(Servers servers, SmallEnvironment environment) : IClassFixture<SmallEnvironment>
{
    [Fact]
    public async Task A_case_is_read_as_it_stands_and_not_sent_again_while_its_json_is_the_same()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        var deep = JsonNode.Parse(Deep(62))!.AsObject();
        await SendAsync(workspace, CommandJson.Create(5, deep), CommandJson.Note(5, "first"));
        var client = await worker.ClientAsync("viewer");

        using var response = await client.GetAsync(new Uri("/cases/5", UriKind.Relative));
        var snapshot = await response.JsonAsync(HttpStatusCode.OK);
        response.Headers.ETag!.ToString().ShouldBe("\"1\"");
        (snapshot["caseReference"]!.GetValue<string>(), snapshot.Number("version"), snapshot.Number("nonce")).ShouldBe(("5", 1, 2));
        JsonNode.DeepEquals(snapshot["blob"], deep).ShouldBeTrue();
        (await NotModifiedAsync(client, "/cases/5", "\"1\"")).ShouldBe(HttpStatusCode.NotModified);
        (await NotModifiedAsync(client, "/cases/5", "W/\"1\"")).ShouldBe(HttpStatusCode.NotModified);
        (await NotModifiedAsync(client, "/cases/5", "*")).ShouldBe(HttpStatusCode.NotModified);

        await SendAsync(workspace, CommandJson.Replace(5, new JsonObject { ["text"] = "é <b> 😀", ["big"] = JsonNode.Parse("12345678901234567890.125") }, version: 2));
        (await NotModifiedAsync(client, "/cases/5", "\"1\"")).ShouldBe(HttpStatusCode.OK);
        (await client.GetStringAsync(new Uri("/cases/5", UriKind.Relative))).ShouldContain("\"big\":12345678901234567890.125");
    }

    [Theory]
    [InlineData("/cases/6", HttpStatusCode.NotFound, "case-not-found")]
    [InlineData("/cases/6/events", HttpStatusCode.NotFound, "case-not-found")]
    [InlineData("/cases/6/notes", HttpStatusCode.NotFound, "case-not-found")]
    [InlineData("/cases/6?version=1", HttpStatusCode.NotFound, "case-not-found")]
    [InlineData("/cases/5?version=2", HttpStatusCode.NotFound, "version-not-found")]
    [InlineData("/cases/5?nonce=3", HttpStatusCode.NotFound, "nonce-not-found")]
    [InlineData("/cases/0", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/-5", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/five", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/9223372036854775808", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5?version=0", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5?nonce=1.5", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5?version=1&nonce=1", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5/events?limit=1001", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5/events?after=-1", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5/notes?limit=0", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/cases/5/notes?after=1&after=2", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/commands/5", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/commands/9f677f53-0a93-4a43-a5ec-1ec202813a47", HttpStatusCode.NotFound, "command-not-found")]
    [InlineData("/events?limit=many", HttpStatusCode.BadRequest, "invalid")]
    [InlineData("/nowhere", HttpStatusCode.NotFound, "no-such-path")]
    public async Task What_cannot_be_read_is_a_problem_with_a_reason(string path, HttpStatusCode status, string reason)
    {
        var problem = await environment.Viewer.ProblemAsync(path, status, reason);
        if (reason is not "no-such-path")
        {
            problem["detail"]!.ToString().ShouldEndWith(".");
        }
    }

    [Fact]
    public async Task A_case_as_of_any_nonce_or_version_of_a_random_history_is_what_folding_its_log_gives()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var random = new Random(20261123);
        await SendAsync(workspace, [CommandJson.Create(5), .. Enumerable.Range(2, 120).Select(nonce => Next(random, nonce))]);
        var log = await LogAsync(workspace);
        log.Count.ShouldBe(121);
        var cases = new CaseReader(workspace.Database);
        var states = new List<CaseState>();
        for (var length = 1; length <= log.Count; length++)
        {
            var folded = CaseFold.Rebuild(5, log.Take(length), new CaseActionSet(CaseActionSet.BuiltIn))!;
            states.Add(folded);
            var past = (await cases.FindAsync(5, nonce: length, version: null, CancellationToken.None)).Snapshot!;
            (past.Nonce, past.Version).ShouldBe((folded.Nonce, folded.Version));
            Answers.SameJson(past.Blob.GetRawText(), folded.Blob.Text).ShouldBeTrue($"at nonce {length}");
        }

        states[^1].Version.ShouldBeGreaterThan(20);
        foreach (var version in states.GroupBy(state => state.Version))
        {
            var past = (await cases.FindAsync(5, nonce: null, version: version.Key, CancellationToken.None)).Snapshot!;
            past.Nonce.ShouldBe(version.Max(state => state.Nonce));
            Answers.SameJson(past.Blob.GetRawText(), version.First().Blob.Text).ShouldBeTrue($"at version {version.Key}");
        }
    }

    [Fact]
    public async Task Events_and_notes_are_read_page_by_page_and_each_is_on_one_page()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        await SendAsync(workspace, [CommandJson.Create(5), .. Enumerable.Range(1, 24).Select(number => CommandJson.Note(5, $"note {number}")), CommandJson.Create(6)]);
        var client = await worker.ClientAsync("viewer");

        var events = await PagesAsync(client, "/cases/5/events", "events", 7);
        events.Select(entry => entry.Number("nonce")).ShouldBe(Enumerable.Range(1, 25).Select(number => (long)number));
        events.ShouldAllBe(entry => entry["caseReference"]!.ToString() == "5" && !entry.AsObject().ContainsKey("blob"));
        events[3]["body"]!["body"]!.ToString().ShouldBe("note 3");
        var notes = await PagesAsync(client, "/cases/5/notes", "notes", 10);
        notes.Select(entry => entry["body"]!.ToString()).ShouldBe(Enumerable.Range(1, 24).Select(number => $"note {number}"));
        notes.ShouldAllBe(entry => entry["author"]!.ToString() == "tester");
        (await PagesAsync(client, "/events", "events", 11)).Select(entry => entry.Number("globalNonce")).ShouldBe(Enumerable.Range(1, 26).Select(number => (long)number));
        (await client.JsonAsync("/events?after=26"))["hasMore"]!.GetValue<bool>().ShouldBeFalse();
        (await client.JsonAsync("/cases/5/events?after=25"))["events"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_page_of_large_events_or_notes_ends_before_its_limit_and_the_next_goes_on()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var large = new string('x', 1_000_000);
        await SendAsync(workspace,
        [
            CommandJson.Create(5, new JsonObject { ["text"] = large }),
            .. Enumerable.Range(2, 9).Select(version => CommandJson.Replace(5, new JsonObject { ["text"] = large, ["n"] = version }, version: version)),
            .. Enumerable.Range(1, 90).Select(_ => CommandJson.Note(5, large[..60_000])),
        ]);
        var (cases, feed) = (new CaseReader(workspace.Database), new EventFeed(workspace.Database));
        var first = (await cases.EventsAsync(5, 0, 1000, CancellationToken.None))!;
        (first.Events.Count, first.After, first.HasMore).ShouldBe((5, 5, true));
        (await feed.ReadAsync(0, 1000, CaseReader.PageBytes, CancellationToken.None)).Events.Select(entry => entry.CommandId).ShouldBe(first.Events.Select(entry => entry.CommandId));
        (await feed.ReadAsync(0, 1000, 1, CancellationToken.None)).Events.Count.ShouldBe(1, "one comes in any case");
        var notes = (await cases.NotesAsync(5, 0, 1000, CancellationToken.None))!;
        (notes.Notes.Count, notes.HasMore).ShouldBe((70, true));
        (await cases.NotesAsync(5, notes.After, 1000, CancellationToken.None))!.Notes.Count.ShouldBe(20);
    }

    /// <summary>Returns when all of them have their outcome.</summary>
    internal static async Task SendAsync(Workspace workspace, params JsonObject[] commands)
    {
        await using var publisher = await Publisher.ConnectAsync(workspace);
        await workspace.DeclareQueuesAsync();
        await publisher.SendAsync(commands);
        var ids = string.Join(',', commands.Select(command => $"'{CommandJson.IdOf(command)}'"));
        await workspace.UntilAsync(
            $"SELECT (SELECT count(*) FROM case_events WHERE command_id IN ({ids})) + (SELECT count(*) FROM command_refusals WHERE command_id IN ({ids}))",
            count => count == commands.Length);
    }

    private static JsonObject Next(Random random, int nonce) => random.Next(5) switch
    {
        0 => CommandJson.Replace(5, new JsonObject { ["n"] = random.Next(3) }, nonce: nonce),
        1 => CommandJson.Merge(5, new JsonObject { ["n"] = random.Next(3) }, nonce: nonce),
        2 => CommandJson.Merge(5, new JsonObject { [$"k{random.Next(4)}"] = random.Next(2) == 0 ? null : new JsonObject { ["deep"] = random.Next(3) } }, nonce: nonce),
        3 => CommandJson.Merge(5, new JsonObject { [$"k{random.Next(4)}"] = new JsonObject { ["deep"] = null, ["more"] = random.Next(2) } }, nonce: nonce),
        _ => CommandJson.Note(5, $"note {nonce}"),
    };

    private static async Task<List<LoggedEvent>> LogAsync(Workspace workspace)
    {
        await using var command = workspace.Database.CreateCommand("SELECT command_id, nonce, action, body::text, actor FROM case_events WHERE case_reference = 5 ORDER BY nonce");
        await using var reader = await command.ExecuteReaderAsync();
        var log = new List<LoggedEvent>();
        while (await reader.ReadAsync())
        {
            log.Add(new LoggedEvent(reader.GetGuid(0), reader.GetInt64(1), reader.GetString(2), EventRows.Json(reader.GetString(3)), reader.GetString(4)));
        }

        return log;
    }

    private static async Task<List<JsonNode>> PagesAsync(HttpClient client, string path, string items, int limit)
    {
        var all = new List<JsonNode>();
        JsonObject page;
        var after = 0L;
        do
        {
            page = await client.JsonAsync(string.Create(CultureInfo.InvariantCulture, $"{path}?after={after}&limit={limit}"));
            var found = page[items]!.AsArray();
            all.AddRange(found.Select(entry => entry!));
            found.Count.ShouldBe(page["hasMore"]!.GetValue<bool>() ? limit : found.Count);
            after = page.Number("after");
        }
        while (page["hasMore"]!.GetValue<bool>());
        return all;
    }

    private static async Task<HttpStatusCode> NotModifiedAsync(HttpClient client, string path, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>An object of so many levels.</summary>
    internal static string Deep(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels - 1)) + "{}" + new string('}', levels - 1);
}
