using System.Globalization;
using System.Text.Json.Nodes;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Decisions;

/// <summary>Every row of the decision table over the wire, with every field of its outcome.</summary>
public sealed class DecisionTests(DecisionTests.OneWorker received) : IClassFixture<DecisionTests.OneWorker>
{
    public static TheoryData<string> Names => [.. DecisionRow.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task It_is_decided_by_the_first_rule_that_matches(string name)
    {
        var row = DecisionRow.All[name];
        var reference = received.NextReference();
        var before = row.Before(reference).ToList();
        var command = row.Command(reference);
        command["correlationId"] = $"row: {name}";
        await received.Publisher.SendAsync([.. before, command]);
        foreach (var earlier in before)
        {
            (await received.Inbox.OfAsync(earlier)).Outcome.ShouldBe("accepted");
        }

        var outcome = (await received.Inbox.OfAsync(command)).Body;
        var expected = JsonNode.Parse(row.Outcome.Replace("@case", reference.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))!.AsObject();
        expected["commandId"] = command["commandId"]!.DeepClone();
        expected["caseReference"] = reference.ToString(CultureInfo.InvariantCulture);
        expected["correlationId"] = $"row: {name}";
        expected["actor"] = "tester";
        Forget(outcome, "outcomeId", "recordedAt", "globalNonce");
        if (outcome["lastEvent"] is JsonObject last)
        {
            Forget(last, "recordedAt");
        }

        JsonNode.DeepEquals(outcome, expected).ShouldBeTrue($"got {outcome.ToJsonString()}\nnot {expected.ToJsonString()}");
        await VerifyStoreAsync(reference, before.Count, outcome);
    }

    /// <summary>An accepted command is one event; everything else left no trace but its record.</summary>
    private async Task VerifyStoreAsync(long reference, int eventsBefore, JsonObject outcome)
    {
        var accepted = outcome["outcome"]!.GetValue<string>() == "accepted";
        (await received.Workspace.ScalarAsync<long>($"SELECT count(*) FROM case_events WHERE case_reference = {reference}")).ShouldBe(eventsBefore + (accepted ? 1 : 0));
        (await received.Workspace.ScalarAsync<long>($"SELECT count(*) FROM command_refusals WHERE case_reference = {reference}")).ShouldBe(accepted ? 0 : 1);
        (await received.Workspace.ScalarAsync<long>($"SELECT coalesce((SELECT nonce FROM case_data WHERE reference = {reference}), 0)")).ShouldBe(eventsBefore + (accepted ? 1 : 0));
        (await Integrity.CheckAsync(received.Workspace)).ShouldBeEmpty();
    }

    private static void Forget(JsonObject json, params string[] fields)
    {
        foreach (var field in fields)
        {
            json.Remove(field).ShouldBe(field != "globalNonce" || json["outcome"]!.GetValue<string>() == "accepted", field);
        }
    }

    /// <summary>The worker that decides all rows.</summary>
    public sealed class OneWorker(Servers servers) : IAsyncLifetime
    {
        private long lastReference = 5_000;

        internal Workspace Workspace { get; private set; } = null!;

        internal Inbox Inbox { get; private set; } = null!;

        internal Publisher Publisher { get; private set; } = null!;

        public long NextReference() => ++lastReference;

        public async ValueTask InitializeAsync()
        {
            Workspace = await Workspace.CreateAsync(servers);
            Inbox = await Workspace.InboxAsync();
            Publisher = await Workspace.PublisherAsync();
            await Workspace.StartWorkerAsync();
        }

        public ValueTask DisposeAsync() => Workspace.DisposeAsync();
    }
}
