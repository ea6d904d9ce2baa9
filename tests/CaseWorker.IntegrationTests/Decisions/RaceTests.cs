using System.Text.Json.Nodes;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Decisions;

/// <summary>Two who want the same at the same time, from different connections.</summary>
public sealed class RaceTests(Servers servers)
{
    [Fact]
    public async Task Of_racing_creations_of_a_case_exactly_one_is_accepted()
    {
        const int rounds = 30;
        const int rivals = 4;
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publishers = new List<Publisher>();
        for (var i = 0; i < rivals; i++)
        {
            publishers.Add(await workspace.PublisherAsync());
        }

        for (var round = 1; round <= rounds; round++)
        {
            var commands = publishers.Select((_, i) => CommandJson.Create(round, new JsonObject { ["by"] = i })).ToList();
            await Task.WhenAll(publishers.Zip(commands, (publisher, command) => publisher.SendAsync(command)));
            await inbox.ForAllAsync([.. commands.Select(CommandJson.IdOf)]);

            var outcomes = inbox.All.Where(received => received.Body["caseReference"]!.GetValue<string>() == $"{round}").ToList();
            outcomes.Count.ShouldBe(rivals);
            var winner = outcomes.Where(received => received.Outcome == "accepted").ShouldHaveSingleItem();
            outcomes.Where(received => received != winner).ShouldAllBe(received => received.Reason == "case-exists" && received.Number("currentNonce") == 1);
            var blob = await workspace.ScalarAsync<int>($"SELECT (json_blob ->> 'by')::int FROM case_data WHERE reference = {round}");
            CommandJson.IdOf(commands[blob]).ShouldBe(winner.CommandId);
        }
    }

    [Fact]
    public async Task Of_two_cases_that_race_for_one_command_id_exactly_one_gets_it()
    {
        const int rounds = 30;
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();

        // Slots 0 and 1 have batch workers of their own: the two meet in the database and nowhere before.
        await workspace.StartWorkerAsync(builder => builder.Configuration["CaseWorker:Concurrency"] = "4");
        var left = await workspace.PublisherAsync();
        var right = await workspace.PublisherAsync();

        for (var round = 1; round <= rounds; round++)
        {
            var id = Guid.NewGuid();
            var (first, second) = (CommandJson.Create(round * 4, id: id), CommandJson.Create((round * 4) + 1, id: id));
            await Task.WhenAll(left.SendAsync(first), right.SendAsync(second));
            var expected = 2 * round;
            await inbox.WaitAsync(all => all.Count == expected, "both outcomes");

            var outcomes = inbox.All.Where(outcome => outcome.CommandId == id).ToList();
            var winner = outcomes.Where(outcome => outcome.Outcome == "accepted").ShouldHaveSingleItem();
            var loser = outcomes.Where(outcome => outcome.Outcome == "rejected").ShouldHaveSingleItem();
            loser.Status.ShouldBe(422);
            loser.Reason.ShouldBe("command-id-reused");
            loser.Body["caseReference"]!.ToString().ShouldNotBe(winner.Body["caseReference"]!.ToString());
        }

        (await workspace.CountAsync("case_data")).ShouldBe(rounds);
        (await workspace.CountAsync("command_refusals")).ShouldBe(0, "the original record stays, and it is an event");
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }
}
