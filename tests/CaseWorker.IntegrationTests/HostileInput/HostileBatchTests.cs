using CaseWorker.Histories;
using CaseWorker.TestSupport.HostileInput;
using Shouldly;

namespace CaseWorker.IntegrationTests.HostileInput;

/// <summary>All hostile messages wait in the queues when the worker starts, so that they share batches with good commands.</summary>
public sealed class HostileBatchTests(Servers servers)
{
    [Fact]
    public async Task All_hostile_messages_in_the_same_batches_damage_no_case_and_no_log()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartAndStopWorkerAsync();
        var environment = await HostileEnvironment.OpenAsync(workspace);
        var all = new List<Sent>();
        foreach (var message in HostileMessages.All.Values)
        {
            all.Add(await environment.SendAsync(message));
        }

        await workspace.StartWorkerAsync(builder => builder.Configuration["CaseWorker:Concurrency"] = "1");
        foreach (var sent in all)
        {
            await environment.VerifyAsync(sent);
        }

        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
        var accepted = all.Count(sent => sent.Message.Fate is Fate.Taken);
        (await workspace.CountAsync("case_events")).ShouldBe((2 * all.Count) + accepted);
        (await workspace.CountAsync("command_refusals")).ShouldBe(all.Count(sent => sent.Message.Fate is Fate.Refused));
        (await workspace.CountAsync("dead_letters")).ShouldBe(all.Count(sent => sent.Message.Fate is Fate.Quarantined));
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM case_data WHERE json_blob -> 'good' = 'true'")).ShouldBe(all.Count);
    }
}
