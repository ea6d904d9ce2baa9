using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CaseWorker.Cases;
using CaseWorker.Json;
using CaseWorker.Persistence.Schema;
using Shouldly;

namespace CaseWorker.IntegrationTests.CommandLine;

/// <summary><c>caseworker describe</c>: what it says is what a worker does.</summary>
public sealed class DescribeCommandTests(Servers servers)
{
    [Fact]
    public async Task The_topology_it_describes_is_the_one_that_a_worker_declares()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartAndStopWorkerAsync();
        var topology = (await DescribeAsync(workspace))["topology"]!;
        topology["slots"]!.GetValue<int>().ShouldBe(workspace.Slots);

        using var management = servers.ManagementClient();
        var host = workspace.Broker.AbsolutePath;
        Pick(await management.GetFromJsonAsync<JsonArray>($"/api/queues{host}"), "name", "arguments")
            .ShouldBe(Pick(topology["queues"], "name", "arguments"));

        // Apart from what every virtual host has.
        var exchanges = (await management.GetFromJsonAsync<List<JsonNode>>($"/api/exchanges{host}"))!.Where(exchange => exchange["name"]!.ToString() is not "" and var name && !name.StartsWith("amq.", StringComparison.Ordinal));
        Pick(new JsonArray([.. exchanges.Select(exchange => exchange.DeepClone())]), "name", "type", "arguments").ShouldBe(Pick(topology["exchanges"], "name", "type", "arguments"));
        var bindings = (await management.GetFromJsonAsync<List<JsonNode>>($"/api/bindings{host}"))!.Where(binding => binding["source"]!.ToString() is not "");
        Pick(new JsonArray([.. bindings.Select(binding => binding.DeepClone())]), "source", "destination", "destination_type", "routing_key")
            .ShouldBe(Pick(topology["bindings"], "source", "destination", "destinationType", "routingKey"));
    }

    [Fact]
    public async Task Its_keys_are_the_ones_that_tools_know()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        var described = await DescribeAsync(workspace);
        Keys(described).Order(StringComparer.Ordinal).ShouldBe(
        [
            "actions.createsCase", "actions.isBuiltIn", "actions.name",
            "limits.bodyDepth", "limits.caseReference", "limits.commandBytes", "limits.decimalExponent", "limits.errorsTold", "limits.nameLength", "limits.noteBytes", "limits.properties", "limits.significantDigits",
            "options.default", "options.maximum", "options.minimum", "options.name", "options.value", "options.variable",
            "outcomes.exchange", "outcomes.name",
            "topology.bindings.destination", "topology.bindings.destinationType", "topology.bindings.routingKey", "topology.bindings.source",
            "topology.exchanges.arguments", "topology.exchanges.name", "topology.exchanges.type", "topology.queues.arguments", "topology.queues.name", "topology.slots",
            "versions.caseWorker", "versions.runtime", "versions.schema",
        ]);
        described["actions"]!.AsArray().Select(action => action!["name"]!.ToString()).ShouldBe(CaseActionSet.BuiltIn.Select(action => action.Name));
        described["limits"]!["noteBytes"]!.GetValue<int>().ShouldBe(JsonLimits.MaxNoteBytes);
        described["versions"]!["schema"]!.ToString().ShouldBe(Regex.Matches(SchemaSetup.Script(), "[0-9]{14}_[A-Za-z]+", RegexOptions.NonBacktracking).Select(match => match.Value).Max());
    }

    [Fact]
    public async Task It_shows_an_option_as_it_is_configured_beside_its_default()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        var option = (await DescribeAsync(workspace, ("CaseWorker__DeliveryLimit", "50")))["options"]!.AsArray().Single(entry => entry!["variable"]!.ToString() == "CaseWorker__DeliveryLimit")!;
        option["value"]!.GetValue<int>().ShouldBe(50);
        option["default"]!.GetValue<int>().ShouldBe(1000);
        option["minimum"]!.GetValue<int>().ShouldBe(20);
    }

    [Fact]
    public async Task It_needs_no_server_and_tells_people_the_same_in_tables()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 64, schema: false);
        await using var process = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", null), ("RabbitMq__Uri", null)), "describe");
        (await process.ExitAsync()).ShouldBe(0, process.Output);
        foreach (var part in new[] { "case-commands.00 … case-commands.63", "case-commands, key 0 … 63", "x-single-active-consumer: true", "case-outcomes.conflicted", "1,048,576 bytes", "note.add", "CaseWorker__PrefetchPerSlot" })
        {
            process.StandardOutput.ShouldContain(part);
        }
    }

    [Fact]
    public async Task A_setting_that_cannot_work_is_an_error()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var process = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("CaseWorker__Concurrency", "65")), "describe", "--json");
        (await process.ExitAsync()).ShouldBe(2, process.Output);
        process.Output.ShouldContain("CaseWorker:Concurrency is 65; set it to 1 to 64");
    }

    private static async Task<JsonObject> DescribeAsync(Workspace workspace, params (string Name, string? Value)[] changes)
    {
        await using var process = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, changes), "describe", "--json");
        (await process.ExitAsync()).ShouldBe(0, process.Output);
        return JsonNode.Parse(process.StandardOutput)!.AsObject();
    }

    /// <summary>A line an element, sorted: these of its members, objects with their keys in order.</summary>
    private static List<string> Pick(JsonNode? elements, params string[] members) =>
        [.. elements!.AsArray().Select(element => string.Join(' ', members.Select(member => Text(element![member])))).Order(StringComparer.Ordinal)];

    private static string Text(JsonNode? node) => node is JsonObject members
        ? string.Join(',', members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}={member.Value}"))
        : $"{node}";

    /// <summary>The path of every value; what names the broker gave to arguments is not a key of ours.</summary>
    private static IEnumerable<string> Keys(JsonNode? node, string path = "") => node switch
    {
        JsonObject members when !path.EndsWith(".arguments", StringComparison.Ordinal) => members.SelectMany(member => Keys(member.Value, $"{path}.{member.Key}")).Distinct(StringComparer.Ordinal),
        JsonArray elements => elements.SelectMany(element => Keys(element, path)).Distinct(StringComparer.Ordinal),
        _ => [path[1..]],
    };
}
