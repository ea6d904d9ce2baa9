using CaseWorker.IntegrationTests.Hostile;
using Shouldly;

namespace CaseWorker.IntegrationTests.Schemas;

/// <summary>docs/schemas and the worker say the same about a command.</summary>
public sealed class CommandSchemaTests
{
    /// <summary>What JSON Schema cannot say, as the worker says it; docs/wire-format.md has the same list.</summary>
    private static readonly string[] BeyondSchemas =
    [
        "stands twice", "twice", "1 MiB", "10,000 properties", "64 levels", "surrogate", "exponent", "64 digits", "written out", "Unknown action", "Did you mean",
    ];

    [Fact]
    public async Task The_schema_agrees_with_the_worker_on_every_hostile_message()
    {
        // What the worker makes of each is proven by HostileInputTests. Envelopes and AMQP properties are not the schema's business.
        var messages = HostileMessages.All.Values
            .Where(message => message is { ContentType: "application/json", Properties: null, SlotsAside: 0 })
            .ToList();
        var judgements = await SchemaValidator.JudgeAsync(messages.Select(message => ("command.json", message.Body(new Target(Guid.NewGuid(), 1_001)))));

        var disagreed = messages.Zip(judgements)
            .Where(pair => pair.Second.Valid != pair.First.Fate is Fate.Taken)
            .Where(pair => !Array.Exists(BeyondSchemas, one => pair.First.Fate.ToString().Contains(one, StringComparison.Ordinal)))
            .Select(pair => $"{pair.First.Name} | {pair.First.Fate} | {pair.Second}");
        disagreed.ShouldBeEmpty();
    }
}
