using System.Text;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>A command that the broker gives up parks its case: what was published after it is not applied past it.</summary>
public sealed class UndeliverableTests(Servers servers)
{
    [Fact]
    public async Task A_command_at_the_delivery_limit_parks_its_case_and_a_replay_puts_it_back_in_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await StartAndStopAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        var doomed = CommandJson.Create(4);
        await publisher.SendAsync(doomed);
        await RejectAsync(workspace, times: 21, requeue: true);
        var (behind, neighbour) = (CommandJson.Note(4, "behind"), CommandJson.Create(8));
        await publisher.SendAsync([behind, neighbour]);

        await workspace.StartWorkerAsync(Limit);
        var notices = new[] { await inbox.NoticeAsync(doomed), await inbox.NoticeAsync(behind) };
        notices.Select(notice => (notice.Reason, notice.Number("position"))).ShouldBe([("delivery-limit", 1L), ("delivery-limit", 2L)]);
        (await inbox.FinalAsync(neighbour)).Outcome.ShouldBe("accepted");
        var deadLetters = await workspace.DeadLettersAsync();
        deadLetters.Select(deadLetter => (deadLetter.Kind, deadLetter.Reason)).ShouldBe([("failed", "delivery-limit"), ("held", "held")]);
        deadLetters[0].Detail.ShouldContain("case-commands.00 up to the delivery limit");
        deadLetters[0].RoutingKey.ShouldBe("0");
        deadLetters[0].Body.ShouldBe(Encoding.UTF8.GetBytes(doomed.ToJsonString()));
        deadLetters[0].Header("x-death")![0]!["reason"]!.GetValue<string>().ShouldBe("delivery_limit");

        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        (await inbox.FinalAsync(doomed)).Number("nonce").ShouldBe(1);
        (await inbox.FinalAsync(behind)).Number("nonce").ShouldBe(2);
    }

    [Fact]
    public async Task A_command_that_was_applied_meanwhile_is_answered_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var publisher = await workspace.PublisherAsync();
        var command = CommandJson.Create(4);
        await using (await Workers.StartAsync(workspace, Limit))
        {
            await publisher.SendAsync(command);
            await inbox.OfAsync(command);
        }

        await publisher.SendAsync(command);
        await RejectAsync(workspace, times: 21, requeue: true);
        await workspace.StartWorkerAsync(Limit);

        await inbox.WaitAsync(all => all.Count == 2, "the outcome again");
        inbox.All.Select(received => (received.OutcomeId, received.Outcome)).Distinct().ShouldHaveSingleItem().Outcome.ShouldBe("accepted");
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
        await workspace.UntilReadyAsync(CaseTopology.UndeliverableQueue, 0);
    }

    [Fact]
    public async Task Commands_that_expire_park_their_case_in_their_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await StartAndStopAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        JsonObject[] expiring = [CommandJson.Create(4), .. Enumerable.Range(0, 40).Select(i => CommandJson.Note(4, $"note {i}"))];
        foreach (var command in expiring)
        {
            await SendAsync(publisher, command.ToJsonString(), expiration: "1");
        }

        await workspace.UntilReadyAsync(CaseTopology.UndeliverableQueue, (uint)expiring.Length);
        var last = CommandJson.Note(4, "last");
        await publisher.SendAsync(last);
        await workspace.StartWorkerAsync(Limit);

        (await inbox.NoticeAsync(last)).Reason.ShouldBe("expired");
        var deadLetters = await workspace.DeadLettersAsync();
        deadLetters.Select(deadLetter => deadLetter.Kind).Distinct().ShouldBe(["failed", "held"]);
        deadLetters[0].Detail.ShouldContain("It expired in case-commands.00");
        await Poison.Operations(workspace).ReplayAsync(Poison.OperatorAction, new() { Case = 4 });
        (await inbox.FinalAsync(last)).Number("nonce").ShouldBe(expiring.Length + 1);
        (await Poison.NotesAsync(workspace, 4)).ShouldBe(string.Join(' ', Enumerable.Range(0, 40).Select(i => $"note {i}").Append("last")));
    }

    [Fact]
    public async Task What_is_given_up_and_cannot_be_read_keeps_what_can_be_read_of_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await StartAndStopAsync(workspace);
        var publisher = await workspace.PublisherAsync();
        await SendAsync(publisher, "no command");
        await SendAsync(publisher, """{"caseReference": "4", "action": "note.add"}""");
        await RejectAsync(workspace, times: 2, requeue: false);
        await workspace.StartWorkerAsync(Limit);

        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 2);
        (await workspace.DeadLettersAsync()).ShouldAllBe(deadLetter => deadLetter.Kind == "undeliverable" && deadLetter.Reason == "rejected" && deadLetter.Detail.Contains("another program"));
        (await workspace.CountAsync("dead_letters WHERE case_reference = 4 AND action = 'note.add'")).ShouldBe(1);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
    }

    private static Task SendAsync(Publisher publisher, string body, string? expiration = null) =>
        publisher.SendRawAsync(Encoding.UTF8.GetBytes(body), CaseTopology.RoutingKeyOf(0), configure: properties => properties.Expiration = expiration);

    private static void Limit(IHostApplicationBuilder builder) => builder.Configuration["CaseWorker:DeliveryLimit"] = "20";

    /// <summary>Makes the queues with the small limit.</summary>
    private static async Task StartAndStopAsync(Workspace workspace)
    {
        await using var worker = await Workers.StartAsync(workspace, Limit);
    }

    /// <summary>A consumer that cannot cope, as a worker that crashes each time would be.</summary>
    private static async Task RejectAsync(Workspace workspace, int times, bool requeue)
    {
        await using var connection = await BrokerConnection.OpenAsync(workspace.Broker);
        await using var channel = await connection.CreateChannelAsync();
        var rejected = new TaskCompletionSource();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            await channel.BasicRejectAsync(message.DeliveryTag, requeue);
            if (--times == 0)
            {
                rejected.SetResult();
            }
        };
        await channel.BasicConsumeAsync(CaseTopology.QueueOf(0), autoAck: false, consumer);
        await rejected.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
