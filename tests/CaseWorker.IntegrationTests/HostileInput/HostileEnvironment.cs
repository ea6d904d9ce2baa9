using System.Globalization;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using CaseWorker.TestSupport.HostileInput;
using Shouldly;

namespace CaseWorker.IntegrationTests.HostileInput;

/// <summary>Sends hostile messages between two good commands and looks what became of all three.</summary>
internal sealed class HostileEnvironment(Workspace workspace, Inbox inbox, Publisher publisher)
{
    private long lastReference = 1_000;

    public static async Task<HostileEnvironment> OpenAsync(Workspace workspace) =>
        new(workspace, await workspace.InboxAsync(), await workspace.PublisherAsync());

    public async Task<Sent> SendAsync(HostileMessage message)
    {
        var target = new Target(Guid.NewGuid(), Interlocked.Increment(ref lastReference));
        var row = Guid.NewGuid().ToString();
        var body = message.Body(target);
        var slot = (CaseTopology.SlotOf(target.CaseReference, workspace.Slots) + message.SlotsAside) % workspace.Slots;
        var after = CommandJson.Merge(target.CaseReference, new JsonObject { ["good"] = true }, nonce: message.Fate is Fate.Taken ? 3 : 2);

        // Started one behind the other on one channel: so they stand in the queue.
        await Task.WhenAll(
            publisher.SendAsync(CommandJson.Create(target.CaseReference)),
            publisher.SendRawAsync(body, CaseTopology.RoutingKeyOf(slot), configure: properties =>
            {
                properties.MessageId = target.CommandId.ToString();
                properties.ContentType = message.ContentType;
                properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["row"] = row };
                message.Properties?.Invoke(properties);
            }),
            publisher.SendAsync(after));
        return new Sent(message, target, body, slot, row, after);
    }

    public async Task VerifyAsync(Sent sent)
    {
        var after = await inbox.OfAsync(sent.After);
        after.Outcome.ShouldBe("accepted", $"the good command behind {sent.Message.Name}: {after.Body.ToJsonString()}");
        var deadLetters = await workspace.DeadLettersAsync($"headers -> 'headers' ->> 'row' = '{sent.Row}'");
        switch (sent.Message.Fate)
        {
            case Fate.Taken:
                deadLetters.ShouldBeEmpty();
                (await OutcomeOfAsync(sent)).Outcome.ShouldBe("accepted", (await OutcomeOfAsync(sent)).Body.ToJsonString());
                break;
            case Fate.Refused refused:
                deadLetters.ShouldBeEmpty();
                await VerifyRefusalAsync(sent, refused);
                break;
            case Fate.Quarantined quarantined:
                VerifyLetter(sent, quarantined, deadLetters.ShouldHaveSingleItem());
                inbox.All.ShouldNotContain(received => received.CommandId == sent.Target.CommandId);
                break;
        }
    }

    private Task<Received> OutcomeOfAsync(Sent sent) => inbox.OfAsync(new JsonObject { ["commandId"] = sent.Target.CommandId.ToString() });

    private async Task VerifyRefusalAsync(Sent sent, Fate.Refused refused)
    {
        var outcome = await OutcomeOfAsync(sent);
        outcome.Outcome.ShouldBe("rejected", outcome.Body.ToJsonString());
        outcome.Status.ShouldBe(400);
        outcome.Reason.ShouldBe("invalid");
        outcome.Exchange.ShouldBe(CaseTopology.RejectedExchange);
        outcome.Body["caseReference"]!.GetValue<string>().ShouldBe(sent.Target.CaseReference.ToString(CultureInfo.InvariantCulture));
        outcome.Body["errors"]!.AsArray()
            .ShouldContain(error => error!["path"]!.GetValue<string>() == refused.Path && error["message"]!.GetValue<string>().Contains(refused.Message), outcome.Body["errors"]!.ToJsonString());
        var recorded = await workspace.ScalarAsync<string>($"SELECT published::text FROM command_refusals WHERE command_id = '{sent.Target.CommandId}'");
        JsonNode.DeepEquals(JsonNode.Parse(recorded), outcome.Body).ShouldBeTrue($"recorded {recorded}, published {outcome.Body.ToJsonString()}");
    }

    private static void VerifyLetter(Sent sent, Fate.Quarantined quarantined, StoredDeadLetter deadLetter)
    {
        deadLetter.Kind.ShouldBe("unreadable");
        deadLetter.State.ShouldBe("open");
        deadLetter.Reason.ShouldBe(quarantined.Reason);
        deadLetter.Detail.ShouldContain(quarantined.Detail, Case.Sensitive);
        deadLetter.Exchange.ShouldBe(CaseTopology.CommandExchange);
        deadLetter.RoutingKey.ShouldBe(CaseTopology.RoutingKeyOf(sent.Slot));
        deadLetter.Body.AsSpan().SequenceEqual(sent.Body).ShouldBeTrue("the very bytes");
        deadLetter.CommandId.ShouldBe(quarantined.Reason is "no-case-reference" ? sent.Target.CommandId : null, "kept where it can be read");
        deadLetter.Headers["contentType"]?.GetValue<string>().ShouldBe(sent.Message.ContentType);
        deadLetter.Headers["messageId"]?.GetValue<string>().ShouldBe(sent.Target.CommandId.ToString());
    }
}

/// <summary>A hostile message on its way.</summary>
internal sealed record Sent(HostileMessage Message, Target Target, byte[] Body, int Slot, string Row, JsonObject After);
