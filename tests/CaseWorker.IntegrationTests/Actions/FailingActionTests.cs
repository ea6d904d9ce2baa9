using System.Text.Json.Nodes;
using CaseWorker.Actions;
using CaseWorker.Histories;
using CaseWorker.Persistence.Schema;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>A team's code that fails, in the middle of other commands.</summary>
public sealed class FailingActionTests(Servers servers)
{
    [Theory]
    [InlineData("validating")]
    [InlineData("loading")]
    [InlineData("handling")]
    [InlineData("accepting")]
    [InlineData("saving")]
    public async Task Only_the_failing_command_and_its_case_are_parked_until_a_replay(string where)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var failing = new FailingAction();
        var actions = new CaseActionRegistry().AddTables<FailingDbContext>().Add(failing);
        await ActionSchema.ApplyAsync(actions, workspace.OwnerConnection, CancellationToken.None);
        var inbox = await workspace.InboxAsync();
        await workspace.DeclareQueuesAsync();

        // Queued before the worker starts: they meet in batches. Cases 1 to 40; in case 4 the third command fails.
        var culprit = Step(4, where);
        var held = Step(4, "nothing");
        var others = Enumerable.Range(1, 40).SelectMany(reference => new[] { CommandJson.Create(reference), Step(reference, "nothing"), CommandJson.Note(reference, "note") }).ToList();
        await (await workspace.PublisherAsync()).SendAsync([.. others, culprit, held, .. Enumerable.Range(1, 40).Where(i => i != 4).Select(i => Step(i, "nothing"))]);
        await workspace.StartWorkerAsync(builder => builder.Services.AddSingleton(actions));

        (await inbox.NoticeAsync(culprit)).Body["reason"]!.ToString().ShouldBe(where is "saving" ? "PostgresException" : "TimeoutException");
        (await inbox.NoticeAsync(held)).Number("position").ShouldBe(2);
        await inbox.WaitAsync(all => all.Count(received => received.Outcome is "accepted") == others.Count + 39, "all others");
        (await workspace.CountAsync("parked_cases")).ShouldBe(1);
        (await workspace.CountAsync("traps")).ShouldBe(40 + 39, "what failed left no row");
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();

        failing.Disarm();
        await workspace.ExecuteAsync("ALTER TABLE traps DROP CONSTRAINT no_trap");
        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        await Poison.UntilFinishedAsync(workspace);
        (await inbox.FinalAsync(culprit)).Number("nonce").ShouldBe(4);
        (await inbox.FinalAsync(held)).Number("nonce").ShouldBe(5);
        (await workspace.CountAsync("traps")).ShouldBe(40 + 39 + 2);
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    private static JsonObject Step(long reference, string springs) => CommandJson.Of(reference, "trap.step", new JsonObject { ["springs"] = springs });
}
