using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.CommandLine;

/// <summary>What operators read when they type something that cannot work, or when there is nothing to do.</summary>
public sealed class OperatorCommandTests(Servers servers)
{
    [Fact]
    public async Task Before_db_apply_a_command_says_that_the_schema_lacks_something_and_what_to_run()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var list = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "dead", "list");
        (await list.ExitAsync()).ShouldBe(2, list.Output);
        list.Output.ShouldContain("The schema lacks");
        list.Output.ShouldContain("Run `caseworker db apply`.");
    }

    [Fact]
    public async Task Nothing_to_do_needs_no_confirmation()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var restore = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "dead", "restore", "1", "--reason", "test");
        (await restore.ExitAsync()).ShouldBe(0, restore.Output);
        restore.Output.ShouldContain("There was nothing to do.");
        await using var replay = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "dead", "replay", "1", "--reason", "test", "--wait", "--json");
        (await replay.ExitAsync()).ShouldBe(0, replay.Output);
        JsonNode.Parse(replay.StandardOutput)!["ids"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hint_names_the_executable_of_the_team()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var show = WorkerProcess.Evidence(workspace, batchLimit: 400, "dead", "show", "1");
        (await show.ExitAsync()).ShouldBe(1, show.Output);
        show.Output.ShouldContain("`evidence dead list");
    }

    [Fact]
    public async Task A_replay_that_is_followed_is_one_JSON_object_whose_total_has_those_behind()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Poison.ParkAsync(workspace, CommandJson.Note(4, "behind"));
        await Poison.RemoveAsync(workspace);
        var head = (await Poison.Operations(workspace).ListAsync(new() { Case = 4 }, 1)).Single().Id;
        await using var worker = await Workers.StartAsync(workspace);
        await using var replay = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "dead", "replay", $"{head}", "--reason", "repaired", "--yes", "--wait", "--json");
        (await replay.ExitAsync()).ShouldBe(0, replay.Output);

        var json = JsonNode.Parse(replay.StandardOutput)!;
        json["ids"]!.AsArray().Select(id => (long)id!).ShouldBe([head]);
        ((string)json["state"]!, (long)json["done"]!, (long)json["total"]!).ShouldBe(("finished", 2, 2));
        ((string)json["job"]!).ShouldBe((string)json["id"]!);
    }
}
