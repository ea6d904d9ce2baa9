using System.Text;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>What the broker could not or would not deliver is seen by operators, never lost.</summary>
public sealed class UnroutedTests(Servers servers)
{
    [Fact]
    public async Task A_command_with_a_routing_key_that_is_no_slot_becomes_a_dead_letter()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        string[] wrong = ["99", "4", "abc", "", "00", "1.0", " 1", "case-commands.00", "\u001b[31m", "漢字", new('9', 255)];

        // Even a good command: applying it here would be an order of its own beside its slot's.
        var command = Encoding.UTF8.GetBytes(CommandJson.Create(4).ToJsonString());
        foreach (var key in wrong)
        {
            await publisher.SendRawAsync(command, key, messageId: Guid.NewGuid().ToString(), mandatory: false);
            await publisher.SendRawAsync([0, 0xFF, (byte)key.Length], key, mandatory: true);
        }

        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 2 * wrong.Length);
        foreach (var byKey in (await workspace.DeadLettersAsync()).GroupBy(deadLetter => deadLetter.RoutingKey))
        {
            wrong.ShouldContain(byKey.Key);
            byKey.ShouldAllBe(deadLetter => deadLetter.Kind == "unrouted" && deadLetter.Reason == "unroutable" && deadLetter.Exchange == CaseTopology.CommandExchange && deadLetter.State == "open");
            byKey.ShouldAllBe(deadLetter => deadLetter.Detail.Contains($"\"{byKey.Key}\"", StringComparison.Ordinal));
            byKey.Select(deadLetter => Convert.ToHexString(deadLetter.Body)).Order().ShouldBe(new[] { Convert.ToHexString(command), Convert.ToHexString([0, 0xFF, (byte)byKey.Key.Length]) }.Order());
        }

        inbox.All.ShouldBeEmpty();
        (await workspace.CountAsync("case_events")).ShouldBe(0);
    }

    [Fact]
    public async Task A_command_that_the_broker_gives_up_becomes_a_dead_letter_and_those_behind_it_go_on()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using (await Workers.StartAsync(workspace, Limit))
        {
            // Makes the queues with the small limit.
        }

        var publisher = await workspace.PublisherAsync();
        var doomed = CommandJson.Create(4);
        var body = Encoding.UTF8.GetBytes(doomed.ToJsonString());
        await publisher.SendRawAsync(body, CaseTopology.RoutingKeyOf(0), CommandJson.IdOf(doomed).ToString());
        await RejectAsync(workspace, CaseTopology.QueueOf(0), times: 21);
        var behind = CommandJson.Create(8);
        await publisher.SendAsync(behind);

        await workspace.StartWorkerAsync(Limit);
        (await inbox.OfAsync(behind)).Outcome.ShouldBe("accepted");
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == 1);
        var deadLetter = (await workspace.DeadLettersAsync()).ShouldHaveSingleItem();
        deadLetter.Kind.ShouldBe("undeliverable");
        deadLetter.Reason.ShouldBe("delivery-limit");
        deadLetter.Detail.ShouldContain("slot 0");
        deadLetter.RoutingKey.ShouldBe("0");
        deadLetter.Body.ShouldBe(body);
        deadLetter.Headers["messageId"]!.GetValue<string>().ShouldBe(CommandJson.IdOf(doomed).ToString());
        deadLetter.Header("x-death")![0]!["reason"]!.GetValue<string>().ShouldBe("delivery_limit");
        inbox.All.ShouldNotContain(received => received.CommandId == CommandJson.IdOf(doomed));
    }

    private static void Limit(Microsoft.Extensions.Hosting.IHostApplicationBuilder builder) => builder.Configuration["CaseWorker:DeliveryLimit"] = "20";

    /// <summary>A consumer that cannot cope, as a worker that crashes each time would be.</summary>
    private static async Task RejectAsync(Workspace workspace, string queue, int times)
    {
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var rejected = new TaskCompletionSource();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, message) =>
        {
            await channel.BasicRejectAsync(message.DeliveryTag, requeue: true);
            if (--times == 0)
            {
                rejected.SetResult();
            }
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        await rejected.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
