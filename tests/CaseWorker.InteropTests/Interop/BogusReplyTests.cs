using CaseWorker.Contracts;

namespace CaseWorker.InteropTests.Interop;

/// <summary>An answer that reaches nobody is the requester's own affair.</summary>
public sealed class BogusReplyTests(Servers servers)
{
    [Theory]
    [InlineData("nobody-is-here")]
    [InlineData("amq.rabbitmq.reply-to.g2dkABBy.xx==")]
    [InlineData("amq.rabbitmq.reply-to.g1h2AA5yZXBseUAyMzY2MTg1MwAAAAAAAAAAAAAAAA==.key==")]
    [InlineData("amq.rabbitmq.reply-to.")]
    public async Task An_answer_to_a_queue_that_does_not_exist_disturbs_nobody(string queue)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var plain = CommandJson.Create(4);
        var enveloped = CommandJson.Create(5);
        var body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(plain);
        var after = new[] { CommandJson.Create(8), CommandJson.Create(9), CommandJson.Create(6) };

        await publisher.SendRawAsync(body, CaseTopology.RoutingKeyOf(0), configure: properties => properties.ReplyTo = queue);
        await publisher.SendRawAsync(
            System.Text.Encoding.UTF8.GetBytes($$"""{"responseAddress":"queue:{{queue}}","requestId":"{{Guid.NewGuid()}}","message":{{enveloped.ToJsonString()}}}"""),
            CaseTopology.RoutingKeyOf(1),
            contentType: "application/vnd.masstransit+json");
        await publisher.SendAsync(after);

        foreach (var command in after.Append(plain).Append(enveloped))
        {
            (await inbox.OfAsync(command, seconds: 20)).Outcome.ShouldBe("accepted");
        }

        inbox.All.Count.ShouldBe(5, "nothing was disturbed, so nothing came twice");
    }
}
