using System.Net.Http.Json;
using System.Text.Json;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.InteropTests.Interop;

/// <summary>A requester whose reply cannot be delivered holds up nobody, and no outcome is published twice for it.</summary>
public sealed class BestEffortReplyTests(Servers servers)
{
    [Fact]
    public async Task A_full_reply_queue_holds_up_nothing()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueDeclareAsync("full", durable: false, exclusive: true, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" }, cancellationToken: TestContext.Current.CancellationToken);
        await channel.BasicPublishAsync("", "full", "x"u8.ToArray(), TestContext.Current.CancellationToken);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await SendAndCheckAsync(workspace, inbox, "full");
    }

    [Fact]
    public async Task A_broker_user_that_may_not_write_to_the_default_exchange_publishes_outcomes()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var user = $"w{Guid.NewGuid():n}";
        using (var management = servers.ManagementClient())
        {
            (await management.PutAsJsonAsync($"/api/users/{user}", new { password = "secret", tags = "" }, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
            (await management.PutAsJsonAsync($"/api/permissions{workspace.Broker.AbsolutePath}/{user}", new { configure = "case-.*", write = "case-.*", read = "case-.*" }, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        var inbox = await workspace.InboxAsync();
        workspace.Own(await Workers.StartAsync(workspace, broker: new UriBuilder(workspace.Broker) { UserName = user, Password = "secret" }.Uri));
        await SendAndCheckAsync(workspace, inbox, "anything");
    }

    [Theory]
    [InlineData("case-commands.00")]
    [InlineData("case-commands.undeliverable")]
    [InlineData("case-outcomes")]
    public async Task The_workers_own_names_get_no_reply(string queue)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await SendAndCheckAsync(workspace, inbox, queue);
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
        (await workspace.CountAsync("command_refusals")).ShouldBe(0);
    }

    /// <summary>Commands of all slots that ask for a reply, then others: each has one outcome.</summary>
    private static async Task SendAndCheckAsync(Workspace workspace, Inbox inbox, string replyTo)
    {
        var publisher = await workspace.PublisherAsync();
        for (var round = 0; round < 3; round++)
        {
            var asking = Enumerable.Range(1, 8).Select(i => CommandJson.Create((round * 100) + i)).ToList();
            foreach (var command in asking)
            {
                var reference = long.Parse(command["caseReference"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture);
                await publisher.SendRawAsync(JsonSerializer.SerializeToUtf8Bytes(command), CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(reference, workspace.Slots)), configure: properties => properties.ReplyTo = replyTo);
            }

            var others = Enumerable.Range(51, 8).Select(i => CommandJson.Create((round * 100) + i)).ToList();
            await publisher.SendAsync(others);
            await inbox.ForAllAsync([.. asking.Concat(others).Select(CommandJson.IdOf)]);
        }

        inbox.All.Count.ShouldBe(48, "each has one outcome");
        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
    }
}
