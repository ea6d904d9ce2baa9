using System.Reflection;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.Repository;
using Shouldly;
using Xunit;
using YamlDotNet.Serialization;

namespace CaseWorker.UnitTests.Contracts;

/// <summary>docs/asyncapi.yaml says what the worker does: the names and arguments are the worker's own.</summary>
public sealed class AsyncApiTests
{
    private static readonly string Docs = RepositoryFolder.PathOf("docs");
    private static readonly JsonObject Document = Read(Path.Combine(Docs, "asyncapi.yaml"));

    private static IReadOnlyList<JsonObject> Channels { get; } = [.. Document["channels"]!.AsObject().Select(channel => channel.Value!.AsObject())];

    private static IReadOnlyList<string> Messages { get; } = [.. Document["components"]!["messages"]!.AsObject().Select(message => message.Key)];

    /// <summary>Its own version is that of the release which last changed the wire format, so it is not ahead of the build.</summary>
    [Fact]
    public void It_is_an_AsyncAPI_3_document_of_a_release_up_to_this_one()
    {
        var built = typeof(CaseTopology).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('-', '+')[0];

        Text(Document, "asyncapi").ShouldBe("3.0.0");
        Version.Parse(Text(Document, "info", "version")).ShouldBeLessThanOrEqualTo(Version.Parse(built));
    }

    [Fact]
    public void Its_exchanges_are_those_of_the_worker_with_their_types()
    {
        var exchanges = Channels.Select(channel => Amqp(channel)["exchange"]).OfType<JsonObject>().ToDictionary(exchange => Text(exchange, "name"), exchange => Text(exchange, "type"));
        exchanges.Remove(CaseTopology.CommandExchange, out var type).ShouldBeTrue();
        type.ShouldBe("direct");
        exchanges.Values.ShouldAllBe(type => type == "fanout");
        exchanges.Keys.Order(StringComparer.Ordinal).ShouldBe(OutcomeTopology.Kinds.Append(CaseTopology.OutcomeExchange).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Its_slots_are_the_routing_keys_and_the_queues()
    {
        var slots = Enumerable.Range(0, CaseTopology.SlotCount).ToList();
        var commands = Document["channels"]!["commands"]!.AsObject();
        Values(commands, "slot").Select(slot => Text(commands, "address").Replace("{slot}", slot, StringComparison.Ordinal)).ShouldBe(slots.Select(CaseTopology.RoutingKeyOf));
        var queue = Document["channels"]!["slotQueue"]!.AsObject();
        Values(queue, "number").Select(number => Text(queue, "address").Replace("{number}", number, StringComparison.Ordinal)).ShouldBe(slots.Select(CaseTopology.QueueOf));
    }

    [Fact]
    public void Its_queues_have_the_arguments_that_the_worker_declares_them_with()
    {
        ShouldBe(Amqp(Document["channels"]!["slotQueue"]!)["x-queue-arguments"], QueueArguments.OfSlot(new CaseWorkerOptions()));
        ShouldBe(Amqp(Document["channels"]!["commands"]!)["x-exchange-arguments"], QueueArguments.OfCommandExchange);
        foreach (var name in new[] { CaseTopology.UnroutedQueue, CaseTopology.UndeliverableQueue })
        {
            var quarantine = Channels.Single(channel => Text(channel, "address") == name);
            Text(Amqp(quarantine), "queue", "name").ShouldBe(name);
            ShouldBe(Amqp(quarantine)["x-queue-arguments"], QueueArguments.OfQuarantine);
        }
    }

    [Fact]
    public void Its_messages_are_the_built_in_actions_those_of_the_owner_and_the_outcomes()
    {
        var actions = CaseActionSet.BuiltIn.Select(action => action.Name).Append("own-action").ToList();
        var outcomes = OutcomeTopology.Kinds.Select(Kind).ToList();
        Messages.Order(StringComparer.Ordinal).ShouldBe(actions.Concat(outcomes).Order(StringComparer.Ordinal));
        foreach (var channel in new[] { "commands", "slotQueue" })
        {
            Names(channel).ShouldBe(actions);
        }

        Names("outcomes").ShouldBe(outcomes);
        foreach (var exchange in OutcomeTopology.Kinds)
        {
            Names(Channels.Single(channel => Text(channel, "address") == exchange)).ShouldBe([Kind(exchange)]);
        }
    }

    [Fact]
    public void Each_message_refers_to_the_schema_of_its_name()
    {
        foreach (var message in Messages)
        {
            var reference = Text(Document["components"]!["messages"]![message]!, "payload", "schema", "$ref");
            File.Exists(Path.Combine(Docs, reference)).ShouldBeTrue(reference);
            Path.GetFileName(reference).ShouldBe(message is "own-action" ? "command.json" : message.Contains('.', StringComparison.Ordinal) ? $"{message}.json" : $"outcome.{message}.json");
        }
    }

    [Fact]
    public void Every_reference_inside_it_leads_somewhere()
    {
        foreach (var reference in References(Document).Where(reference => reference.StartsWith('#')))
        {
            reference.Split('/').Skip(1).Aggregate((JsonNode?)Document, (node, name) => node?[name]).ShouldNotBeNull(reference);
        }
    }

    private static string Kind(string exchange) => exchange[(CaseTopology.OutcomeExchange.Length + 1)..];

    private static JsonObject Amqp(JsonNode channel) => channel["bindings"]!["amqp"]!.AsObject();

    private static IEnumerable<string> Values(JsonNode channel, string parameter) => channel["parameters"]![parameter]!["enum"]!.AsArray().Select(value => value!.ToString());

    private static IEnumerable<string> Names(string channel) => Names(Document["channels"]![channel]!);

    private static IEnumerable<string> Names(JsonNode channel) => channel["messages"]!.AsObject().Select(message => message.Key);

    private static string Text(JsonNode node, params string[] path) => path.Aggregate((JsonNode?)node, (at, name) => at?[name]).ShouldNotBeNull(string.Join('/', path)).ToString();

    private static void ShouldBe(JsonNode? actual, IReadOnlyDictionary<string, object> expected) =>
        JsonNode.DeepEquals(actual, System.Text.Json.JsonSerializer.SerializeToNode(expected)).ShouldBeTrue(actual?.ToJsonString());

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o when o["$ref"] is { } reference => [reference.ToString()],
        JsonObject o => o.SelectMany(member => References(member.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };

    private static JsonObject Read(string path)
    {
        var yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(File.ReadAllText(path));
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml))!.AsObject();
    }
}
