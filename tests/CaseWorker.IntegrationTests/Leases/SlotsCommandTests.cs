using System.Text.Json;
using Shouldly;

namespace CaseWorker.IntegrationTests.Leases;

/// <summary><c>caseworker slots</c>, as an operator sees it.</summary>
public sealed class SlotsCommandTests(Servers servers)
{
    [Fact]
    public async Task It_shows_who_holds_what_and_what_waits()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 4);
        var worker = await workspace.StartWorkerAsync();
        var held = await SlotsAsync(workspace, exitCode: 0);
        held.Select(slot => slot.GetProperty("slot").GetInt32()).ShouldBe([0, 1, 2, 3]);
        held.Select(slot => slot.GetProperty("worker").GetString()).Distinct().ShouldHaveSingleItem()!.ShouldStartWith(Environment.MachineName + "/");
        held.ShouldAllBe(slot => slot.GetProperty("isHeld").GetBoolean() && slot.GetProperty("epoch").GetInt64() > 0 && slot.GetProperty("depth").GetInt32() == 0);
        await worker.StopAsync();

        await (await workspace.PublisherAsync()).SendAsync([CommandJson.Create(1), CommandJson.Create(5), CommandJson.Create(2)]);
        var free = await SlotsAsync(workspace, exitCode: 1);
        free.ShouldAllBe(slot => !slot.GetProperty("isHeld").GetBoolean() && slot.GetProperty("worker").ValueKind == JsonValueKind.Null);
        free.Select(slot => slot.GetProperty("depth").GetInt32()).ShouldBe([0, 2, 1, 0]);

        await using var process = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "slots");
        (await process.ExitAsync()).ShouldBe(1, process.Output);
        process.Output.ShouldContain("4 slots held by nobody; 3 waiting");
    }

    private static async Task<IReadOnlyList<JsonElement>> SlotsAsync(Workspace workspace, int exitCode)
    {
        await using var process = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "slots", "--json");
        (await process.ExitAsync()).ShouldBe(exitCode, process.Output);
        return [.. process.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}
