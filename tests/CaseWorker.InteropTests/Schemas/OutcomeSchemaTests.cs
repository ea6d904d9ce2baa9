using System.Text.Json.Nodes;

namespace CaseWorker.InteropTests.Schemas;

/// <summary>Outcomes as a running worker publishes them are valid by docs/schemas, and broken ones are not.</summary>
public sealed class OutcomeSchemaTests(OutcomeSchemaTests.Recording recording) : IClassFixture<OutcomeSchemaTests.Recording>
{
    private static readonly string[] Kinds = ["accepted", "conflicted", "rejected", "parked"];

    [Fact]
    public async Task Every_outcome_is_valid_by_the_schema_of_its_kind_and_by_no_other()
    {
        recording.Outcomes.Select(outcome => $"{outcome["outcome"]} {outcome["reason"]}".Trim()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ShouldBe(
        [
            "accepted", "conflicted case-exists", "conflicted nonce", "conflicted version", "parked PostgresException",
            "rejected blob-too-large", "rejected case-not-found", "rejected command-id-reused", "rejected invalid",
        ]);
        (await SchemaValidator.JudgeAsync("outcome.json", recording.Outcomes)).ShouldAllBe(judgement => judgement.Valid);
        foreach (var kind in Kinds)
        {
            var judgements = await SchemaValidator.JudgeAsync($"outcome.{kind}.json", recording.Outcomes);
            recording.Outcomes.Zip(judgements).ShouldAllBe(pair => pair.Second.Valid == (pair.First["outcome"]!.ToString() == kind));
        }
    }

    [Fact]
    public async Task None_is_valid_without_one_of_its_fields_or_with_one_of_another_kind()
    {
        var broken = recording.Outcomes.SelectMany(outcome => outcome.SelectMany(field => new[] { Without(outcome, field.Key), With(outcome, field.Key, new JsonObject()) })).ToList();
        var judgements = await SchemaValidator.JudgeAsync("outcome.json", broken);
        broken.Zip(judgements).Where(pair => pair.Second.Valid).Select(pair => pair.First.ToJsonString()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("accepted", "status", "409")]
    [InlineData("accepted", "nonce", "0")]
    [InlineData("accepted", "globalNonce", "1.5")]
    [InlineData("accepted", "version", "\"1\"")]
    [InlineData("accepted", "changed", "null")]
    [InlineData("accepted", "action", "null")]
    [InlineData("accepted", "caseReference", "5")]
    [InlineData("accepted", "commandId", "\"9F677F53-0A93-4A43-A5EC-1EC202813A47\"")]
    [InlineData("accepted", "recordedAt", "\"2026-11-23 09:30:00\"")]
    [InlineData("conflicted", "status", "200")]
    [InlineData("conflicted", "reason", "\"bad luck\"")]
    [InlineData("conflicted", "currentVersion", "-1")]
    [InlineData("conflicted", "currentNonce", "null")]
    [InlineData("conflicted", "lastEvent", "{\"nonce\":1,\"action\":\"note.add\",\"actor\":null}")]
    [InlineData("rejected", "status", "409")]
    [InlineData("rejected", "reason", "\"\"")]
    [InlineData("rejected", "errors", "[]")]
    [InlineData("rejected", "errors", "[{\"path\":\"body\",\"message\":\"x\"}]")]
    [InlineData("rejected", "errors", "[{\"path\":\"/body\"}]")]
    [InlineData("parked", "status", "200")]
    [InlineData("parked", "position", "-1")]
    [InlineData("parked", "deadLetterId", "0")]
    public async Task An_outcome_that_says_what_no_worker_says_is_not_valid(string kind, string field, string value)
    {
        var outcome = recording.Outcomes.First(received => received["outcome"]!.ToString() == kind);
        var judgements = await SchemaValidator.JudgeAsync("outcome.json", [With(outcome, field, JsonNode.Parse(value))]);
        judgements.ShouldHaveSingleItem().Valid.ShouldBeFalse();
    }

    private static JsonObject Without(JsonObject outcome, string field)
    {
        var copy = outcome.DeepClone().AsObject();
        copy.Remove(field);
        return copy;
    }

    private static JsonObject With(JsonObject outcome, string field, JsonNode? value)
    {
        var copy = outcome.DeepClone().AsObject();
        copy[field] = value;
        return copy;
    }

    /// <summary>What a worker published about commands of each fate.</summary>
    public sealed class Recording(Servers servers) : IAsyncLifetime
    {
        internal IReadOnlyList<JsonObject> Outcomes { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            await using var workspace = await Workspace.CreateAsync(servers);
            var inbox = await workspace.InboxAsync();
            await workspace.StartWorkerAsync();
            await Poison.AddAsync(workspace);
            var create = CommandJson.Create(3);
            var thread = CommandJson.Note(3, "é 😀", nonce: 2);
            (thread["correlationId"], thread["issuedAt"]) = ("thread 7", "2026-11-23T09:29:58Z");
            var anonymous = CommandJson.Create(long.MaxValue);
            anonymous.Remove("actor");
            var nameless = CommandJson.Create(4);
            nameless["action"] = 5;
            JsonObject[] commands =
            [
                create, thread, anonymous, nameless,
                CommandJson.Merge(3, [], version: 2), // changes nothing
                CommandJson.Create(3),
                CommandJson.Replace(3, [], version: 7),
                CommandJson.Replace(3, [], version: 2, nonce: 2),
                CommandJson.Merge(5, [], version: 2),
                CommandJson.Note(3, "y", id: CommandJson.IdOf(create)),
                CommandJson.Of(3, "case.close", new JsonObject()),
                CommandJson.Replace(3, []),
                CommandJson.Replace(3, new JsonObject { ["big"] = new string('x', 1_000_000) }, version: 2),
                CommandJson.Merge(3, new JsonObject { ["more"] = new string('x', 100_000) }, version: 3),
                Poison.Note(3),
                CommandJson.Note(3, "behind it"),
            ];
            await (await workspace.PublisherAsync()).SendAsync(commands);
            await inbox.WaitAsync(all => all.Count == commands.Length, "an outcome for each");
            Outcomes = [.. inbox.All.Select(received => received.Body)];
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
