using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.Api;

/// <summary>GET /events as server-sent events, against running workers.</summary>
public sealed class FeedStreamTests(Servers servers)
{
    [Fact]
    public async Task A_reader_that_resumes_sees_each_event_once_in_order_across_a_killed_worker()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var first = await HttpWorker.StartAsync(workspace);
        await using var second = await HttpWorker.StartAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        var commands = new List<JsonObject>(Enumerable.Range(1, 40).Select(reference => CommandJson.Create(reference)));
        commands.AddRange(Enumerable.Range(0, 960).Select(number => CommandJson.Note((number % 40) + 1, $"note {number}")));
        var seen = new List<SseItem<JsonObject>>();

        // Both work; the one that is read from is killed while there is still much to come.
        await publisher.SendAsync(commands.Take(500));
        await using (var stream = await Reader.OpenAsync(await first.ClientAsync("viewer"), after: 0))
        {
            seen.AddRange(await stream.TakeAsync(200));
            first.Process.Kill();
            seen.AddRange(await stream.RestAsync());
        }

        var rest = publisher.SendAsync(commands.Skip(500));
        await using (var stream = await Reader.OpenAsync(await second.ClientAsync("viewer"), lastEventId: seen[^1].EventId))
        {
            seen.AddRange(await stream.TakeAsync(commands.Count - seen.Count));
        }

        await rest;
        seen.Select(entry => long.Parse(entry.EventId!, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(Enumerable.Range(1, commands.Count).Select(number => (long)number));
        seen.ShouldAllBe(entry => entry.EventType == "case-event" && entry.Data.Number("globalNonce").ToString(System.Globalization.CultureInfo.InvariantCulture) == entry.EventId);
        (await IdsAsync(workspace)).ShouldBe(seen.Select(entry => Guid.Parse(entry.Data["commandId"]!.ToString())), "what was read is the table");
    }

    [Fact]
    public async Task A_feed_that_is_read_from_zero_page_by_page_is_the_table()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        await CaseReadTests.SendAsync(workspace, [.. Enumerable.Range(1, 30).Select(reference => CommandJson.Create(reference)), .. Enumerable.Range(1, 300).Select(number => CommandJson.Note((number % 30) + 1, "x"))]);
        var client = await worker.ClientAsync("viewer");
        var all = new List<JsonNode>();
        JsonObject page;
        do
        {
            page = await client.JsonAsync($"/events?limit=77&after={all.LastOrDefault()?.Number("globalNonce") ?? 0}");
            all.AddRange(page["events"]!.AsArray().Select(entry => entry!));
        }
        while (page["hasMore"]!.GetValue<bool>());
        all.Select(entry => Guid.Parse(entry["commandId"]!.ToString())).ShouldBe(await IdsAsync(workspace));

        // Each is the outcome that was published, with the body beside it.
        foreach (var entry in all.Take(5))
        {
            var receipt = await client.JsonAsync($"/commands/{entry["commandId"]}");
            foreach (var field in (string[])["outcomeId", "caseReference", "action", "nonce", "globalNonce", "version", "changed", "actor", "correlationId", "recordedAt"])
            {
                JsonNode.DeepEquals(entry[field], receipt[field]).ShouldBeTrue(field);
            }
        }
    }

    [Fact]
    public async Task An_open_stream_gets_the_events_of_every_worker()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var reader = await HttpWorker.StartAsync(workspace);
        await using var stream = await Reader.OpenAsync(await reader.ClientAsync("viewer"), after: 0);
        await using var writer = await HttpWorker.StartAsync(workspace);
        await CaseReadTests.SendAsync(workspace, [.. Enumerable.Range(1, 8).Select(reference => CommandJson.Create(reference))]);
        (await stream.TakeAsync(8)).Select(entry => entry.EventId).ShouldBe(["1", "2", "3", "4", "5", "6", "7", "8"]);
    }

    [Fact]
    public async Task An_open_stream_goes_on_after_its_database_was_away()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var proxy = NetworkProxy.To(new Npgsql.NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port);
        proxy.Open();
        await using var reader = await HttpWorker.StartAsync(workspace, ("ConnectionStrings__CaseWorker", new Npgsql.NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString));
        await using var stream = await Reader.OpenAsync(await reader.ClientAsync("viewer"), after: 0);
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(5));
        (await stream.TakeAsync(1)).Single().EventId.ShouldBe("1");

        await using var writer = await HttpWorker.StartAsync(workspace);
        proxy.Close();
        await reader.Process.SaysAsync("New events cannot be listened for");
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(6));
        proxy.Open();
        (await stream.TakeAsync(1)).Single().EventId.ShouldBe("2");
    }

    [Fact]
    public async Task A_worker_with_open_streams_stops_at_once_and_ends_them()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        var client = await worker.ClientAsync("viewer");
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(5));
        await using var first = await Reader.OpenAsync(client, after: 0);
        await using var second = await Reader.OpenAsync(client, after: 1);
        await first.TakeAsync(1);

        worker.Process.Terminate();
        (await first.RestAsync()).ShouldBeEmpty();
        (await second.RestAsync()).ShouldBeEmpty();
        (await worker.Process.ExitAsync()).ShouldBe(0, worker.Process.Output);
        worker.Process.Output.ShouldNotContain("fail:");
    }

    [Fact]
    public async Task After_a_restore_to_an_earlier_point_no_reader_misses_events_silently()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        var client = await worker.ClientAsync("viewer");
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(5), CommandJson.Note(5, "kept"), CommandJson.Note(5, "lost"));
        var last = (await client.JsonAsync("/events?after=2"))["events"]![0]!["commandId"]!.ToString();
        (await client.JsonAsync($"/events?after=3&afterCommand={last}"))["events"]!.AsArray().ShouldBeEmpty();
        await using var open = await Reader.OpenAsync(client, after: 3);

        await workspace.ExecuteAsync(
            """
            DELETE FROM case_notes WHERE nonce = 3; DELETE FROM case_events WHERE global_nonce = 3;
            UPDATE case_data SET nonce = 2; UPDATE global_head SET nonce = 2; SELECT pg_notify('caseworker_events', '')
            """);
        (await open.RestAsync()).ShouldBeEmpty("the stream ends");
        (await client.ProblemAsync("/events?after=3", HttpStatusCode.Gone, "feed-position"))["detail"]!.ToString().ShouldStartWith("There is no event 3; the last one is 2");
        using (var request = Reader.Request("/events", "3"))
        using (var response = await client.SendAsync(request))
        {
            await response.ProblemAsync(HttpStatusCode.Gone, "feed-position");
        }

        await CaseReadTests.SendAsync(workspace, CommandJson.Create(6));
        (await client.JsonAsync("/events?after=3"))["events"]!.AsArray().ShouldBeEmpty("a number alone does not tell");
        (await client.ProblemAsync($"/events?after=3&afterCommand={last}", HttpStatusCode.Gone, "feed-position"))["detail"]!.ToString().ShouldStartWith("Event 3 belongs to command");
        await client.ProblemAsync("/events?after=3&afterCommand=three", HttpStatusCode.BadRequest, "invalid");
    }

    [Fact]
    public async Task A_resume_that_is_no_number_is_refused()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        using var request = Reader.Request("/events", "yesterday");
        using var response = await (await worker.ClientAsync("viewer")).SendAsync(request);
        await response.ProblemAsync(HttpStatusCode.BadRequest, "invalid");
    }

    private static async Task<List<Guid>> IdsAsync(Workspace workspace)
    {
        await using var command = workspace.Database.CreateCommand("SELECT command_id FROM case_events ORDER BY global_nonce");
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<Guid>();
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetGuid(0));
        }

        return ids;
    }

    /// <summary>A stream that is open.</summary>
    private sealed class Reader(HttpResponseMessage response, IAsyncEnumerator<SseItem<JsonObject>> items) : IAsyncDisposable
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        public static HttpRequestMessage Request(string path, string? lastEventId)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.ParseAdd("text/event-stream");
            if (lastEventId is not null)
            {
                request.Headers.Add("Last-Event-ID", lastEventId);
            }

            return request;
        }

        public static async Task<Reader> OpenAsync(HttpClient client, long after = 0, string? lastEventId = null)
        {
            using var request = Request($"/events?after={after}", lastEventId);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            var parser = SseParser.Create(await response.Content.ReadAsStreamAsync(), (_, data) => JsonNode.Parse(data)!.AsObject());
            return new Reader(response, parser.EnumerateAsync().GetAsyncEnumerator());
        }

        public async Task<List<SseItem<JsonObject>>> TakeAsync(int count)
        {
            var taken = new List<SseItem<JsonObject>>();
            while (taken.Count < count)
            {
                (await items.MoveNextAsync().AsTask().WaitAsync(Limit)).ShouldBeTrue("the stream ended");
                taken.Add(items.Current);
            }

            return taken;
        }

        /// <summary>Until it ends, or breaks off with what was sent last.</summary>
        public async Task<List<SseItem<JsonObject>>> RestAsync()
        {
            var rest = new List<SseItem<JsonObject>>();
            try
            {
                while (await items.MoveNextAsync().AsTask().WaitAsync(Limit))
                {
                    rest.Add(items.Current);
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                // The worker was killed.
            }

            return rest;
        }

        public async ValueTask DisposeAsync()
        {
            await items.DisposeAsync();
            response.Dispose();
        }
    }
}
