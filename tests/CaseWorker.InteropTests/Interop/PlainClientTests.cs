using System.Text;
using System.Text.Json.Nodes;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.InteropTests.Interop;

/// <summary>Any AMQP client can take part, in any language.</summary>
public sealed class PlainClientTests(Servers servers)
{
    [Theory]
    [InlineData("request 7 of 漢", "request 7 of 漢")]
    [InlineData(null, "the message id")]
    public async Task A_request_with_reply_to_is_answered_with_plain_JSON_and_its_correlation_id(string? correlation, string expected)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var answers = (await channel.QueueDeclareAsync()).QueueName;
        var answered = new TaskCompletionSource<(string Body, BasicProperties Properties)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            answered.TrySetResult((Encoding.UTF8.GetString(message.Body.Span), new BasicProperties(message.BasicProperties)));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(answers, autoAck: true, consumer);

        var command = CommandJson.Create(3);
        command["correlationId"] = "the thread";
        await (await workspace.PublisherAsync()).SendRawAsync(Encoding.UTF8.GetBytes(command.ToJsonString()), "3", "the message id", configure: properties =>
        {
            properties.ReplyTo = answers;
            properties.CorrelationId = correlation;
        });

        var (body, properties) = await answered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        properties.CorrelationId.ShouldBe(expected);
        properties.ContentType.ShouldBe("application/json");
        var published = await inbox.OfAsync(command);
        JsonNode.DeepEquals(JsonNode.Parse(body), published.Body).ShouldBeTrue(body);
        properties.MessageId.ShouldBe(published.OutcomeId);
        published.Properties.CorrelationId.ShouldBe("the thread", "subscribers follow the producer's thread, the requester its request");
    }

    [Fact]
    public async Task An_outcome_has_the_properties_that_subscribers_know_it_by()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var accepted = CommandJson.Create(1);
        accepted["correlationId"] = "thread";
        var conflicted = CommandJson.Create(1);
        var rejected = CommandJson.Merge(2, [], version: 2);
        rejected["correlationId"] = string.Concat(Enumerable.Repeat("漢", 256));
        await (await workspace.PublisherAsync()).SendAsync([accepted, conflicted, rejected]);

        foreach (var (command, kind, type, exchange) in new[]
        {
            (accepted, "accepted", nameof(CaseAccepted), CaseTopology.AcceptedExchange),
            (conflicted, "conflicted", nameof(CaseConflicted), CaseTopology.ConflictedExchange),
            (rejected, "rejected", nameof(CaseRejected), CaseTopology.RejectedExchange),
        })
        {
            var outcome = await inbox.OfAsync(command);
            outcome.Exchange.ShouldBe(exchange);
            outcome.Outcome.ShouldBe(kind);
            outcome.Properties.ContentType.ShouldBe("application/json");
            outcome.Properties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
            outcome.Properties.MessageId.ShouldBe(outcome.OutcomeId);
            outcome.Properties.Type.ShouldBe(kind);
            outcome.Properties.Timestamp.UnixTime.ShouldBe(outcome.Body["recordedAt"]!.GetValue<DateTimeOffset>().ToUnixTimeSeconds());
            Header(outcome, "MT-MessageType").ShouldBe($"urn:message:CaseWorker.Contracts:{type}");
            Header(outcome, "traceparent").ShouldBeNull();
        }

        (await inbox.OfAsync(accepted)).Properties.CorrelationId.ShouldBe("thread");
        (await inbox.OfAsync(conflicted)).Properties.IsCorrelationIdPresent().ShouldBeFalse();
        (await inbox.OfAsync(rejected)).Properties.IsCorrelationIdPresent().ShouldBeFalse("768 bytes do not fit; the body has it");
        (await inbox.OfAsync(rejected)).Body["correlationId"]!.GetValue<string>().Length.ShouldBe(256);
    }

    [Fact]
    public async Task The_trace_context_goes_from_each_command_to_its_outcome()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        var publisher = await workspace.PublisherAsync();
        var commands = Enumerable.Range(1, 20).Select(i => (Command: CommandJson.Create(i), Parent: $"00-{Guid.NewGuid():n}-{i:x16}-01", State: i % 2 == 0 ? $"vendor={i}" : null)).ToList();
        foreach (var (command, parent, state) in commands)
        {
            await publisher.SendRawAsync(Encoding.UTF8.GetBytes(command.ToJsonString()), CaseTopology.RoutingKeyOf(CaseTopology.SlotOf((long)int.Parse(command["caseReference"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture), workspace.Slots)), configure: properties =>
                properties.Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceparent"] = parent, ["tracestate"] = state });
        }

        // They share batches: each outcome must have its own command's context.
        await workspace.StartWorkerAsync();
        foreach (var (command, parent, state) in commands)
        {
            var outcome = await inbox.OfAsync(command);
            Header(outcome, "traceparent").ShouldBe(parent);
            Header(outcome, "tracestate").ShouldBe(state);
        }
    }

    private static string? Header(Received outcome, string name) =>
        outcome.Properties.Headers!.TryGetValue(name, out var value) ? Encoding.UTF8.GetString((byte[])value!) : null;
}
