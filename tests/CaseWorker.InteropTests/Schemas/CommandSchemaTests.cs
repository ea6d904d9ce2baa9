using System.Text;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using CaseWorker.TestSupport.HostileInput;

namespace CaseWorker.InteropTests.Schemas;

/// <summary>docs/schemas and the worker say the same about a command.</summary>
public sealed class CommandSchemaTests(Servers servers)
{
    /// <summary>What the worker refuses and JSON Schema cannot, by the worker's own words. docs/wire-format.md has the same list.</summary>
    private static readonly string[] BeyondSchemas =
    [
        "twice", "1 MiB", "10,000 properties", "64 levels", "surrogate", "exponent", "64 digits", "Unknown action", "Did you mean",
    ];

    /// <summary>Of these the schema can say a part only: it counts characters instead of bytes, and knows no calendar.</summary>
    private static readonly string[] BeyondSchemasByName = ["a note of 64 KiB in emoji and one byte", "an issue time that is impossible"];

    [Fact]
    public async Task Commands_as_producers_send_them_are_valid_and_accepted()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var tap = await workspace.TapAsync();
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync([CommandJson.Create(3), CommandJson.Merge(3, new JsonObject { ["n"] = null }, version: 2), CommandJson.Replace(3, [], nonce: 3), CommandJson.Note(3, "é 😀", nonce: 4), CommandJson.Note(3, "x")]);
        var client = workspace.Own(await MassTransitClient.StartAsync(workspace));
        await client.SendAsync(
            new CaseCommand { CommandId = Guid.NewGuid(), CaseReference = long.MaxValue, Action = CaseActions.CaseCreate, Body = System.Text.Json.JsonElement.Parse("{}"), Actor = "ada", IssuedAt = DateTimeOffset.UtcNow },
            workspace);
        await inbox.WaitAsync(all => all.Count == 6, "six outcomes");

        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
        var sent = (await tap.TakeAsync()).Select(message => JsonNode.Parse(message.Body.Span)!).Select(json => json["messageType"] is null ? json : json["message"]!).ToList();
        sent.Count.ShouldBe(6);
        (await SchemaValidator.JudgeAsync("command.json", sent)).ShouldAllBe(judgement => judgement.Valid);
    }

    [Fact]
    public async Task The_schema_agrees_with_the_worker_on_every_hostile_message()
    {
        // What the worker makes of each is proven by HostileInputTests. Envelopes and AMQP properties are not the schema's business.
        var messages = HostileMessages.All.Values
            .Where(message => message is { ContentType: "application/json", Properties: null, SlotsAside: 0 })
            .ToList();
        var judgements = await SchemaValidator.JudgeAsync(messages.Select(message => ("command.json", message.Body(new Target(Guid.NewGuid(), 1_001)))));

        var disagreed = messages.Zip(judgements).Where(pair => pair.Second.Valid != pair.First.Fate is Fate.Taken).Select(pair => pair.First).ToList();
        disagreed.Where(message => !BeyondSchemas.Any(words => Said(message, words)) && !BeyondSchemasByName.Contains(message.Name)).Select(message => message.Name).ShouldBeEmpty();
        disagreed.ShouldAllBe(message => message.Fate is Fate.Refused || Said(message, "twice"));
        BeyondSchemasByName.Except(disagreed.Select(message => message.Name)).ShouldBeEmpty("what the schema can say after all does not belong on the list");
        BeyondSchemas.Where(words => !disagreed.Exists(message => Said(message, words))).ShouldBeEmpty("what the schema can say after all does not belong on the list");
    }

    [Fact]
    public async Task The_schema_agrees_with_the_worker_on_each_field_of_each_action_with_each_kind_of_value()
    {
        var commands = FieldVariants.All;
        var judgements = await SchemaValidator.JudgeAsync(commands.Select(command => ("command.json", Encoding.UTF8.GetBytes(command.Json))));

        // An unknown action is not the schema's business: actions are an open set.
        var disagreed = commands.Zip(judgements)
            .Where(pair => ErrorsOf(pair.First) is var errors && !errors.SequenceEqual(["unknown action"]) && pair.Second.Valid == errors.Count > 0)
            .Select(pair => (pair.First.Field, pair.First.Value, pair.Second.Valid))
            .Distinct()
            .Order();
        judgements.Count(judgement => judgement.Valid).ShouldBeInRange(100, judgements.Count - 100);
        disagreed.ShouldBe(
        [
            ("action", FieldVariants.WideText, true), // the schema counts an emoji as one
            ("actor", FieldVariants.WideText, true),
            ("caseReference", "1.0", true), // for the schema the same number as 1
            ("caseReference", "1e0", true),
            ("correlationId", FieldVariants.WideText, true),
            ("issuedAt", "\"2026-11-23\"", false), // the worker reads more than RFC 3339 allows
        ]);
    }

    /// <summary>What the worker minds; empty for a command that it takes.</summary>
    private static IReadOnlyList<string> ErrorsOf(FieldVariant command) =>
        new CommandReader(new CaseActionSet(CaseActionSet.BuiltIn), CaseTopology.SlotCount).Read(Encoding.UTF8.GetBytes(command.Json)) switch
        {
            ParseResult.Parsed readable => [.. readable.Command.Errors.Select(error => error.Message.StartsWith("Unknown action", StringComparison.Ordinal) ? "unknown action" : error.Path)],
            ParseResult.Malformed unreadable => [unreadable.Reason],
            var result => throw new InvalidOperationException($"{result} is neither parsed nor malformed."),
        };

    private static bool Said(HostileMessage message, string words) => message.Fate.ToString().Contains(words, StringComparison.Ordinal);
}
