using System.Text;
using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Leases;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.RabbitMq;

/// <summary>An outcome on its way to the broker: what a plain client and what a MassTransit subscriber know it by.</summary>
public sealed class OutcomeMessageTests
{
    private static readonly CaseState Case = new(42, CaseBlob.Of("{}"), Version: 3, Nonce: 7);

    [Fact]
    public void An_outcome_is_plain_JSON_that_MassTransit_knows_too()
    {
        var message = Of(ParsedCommands.Json(("correlationId", "\"thread\"")), new BasicProperties
        {
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceparent"] = "00-ab-cd-01"u8.ToArray() },
        });
        message.ShouldSatisfyAllConditions(
            m => m.Exchange.ShouldBe("case-outcomes.conflicted"),
            m => m.Properties.ContentType.ShouldBe("application/json"),
            m => m.Properties.DeliveryMode.ShouldBe(DeliveryModes.Persistent),
            m => m.Properties.MessageId.ShouldBe(OutcomeComposer.OutcomeIdOf(new Guid(ParsedCommands.Id)).ToString()),
            m => m.Properties.CorrelationId.ShouldBe("thread"),
            m => m.Properties.Type.ShouldBe("conflicted"),
            m => m.Properties.Headers!["MT-MessageType"].ShouldBe("urn:message:CaseWorker.Contracts:CaseConflicted"),
            m => m.Properties.Headers!["traceparent"].ShouldBe("00-ab-cd-01"),
            m => m.Reply.ShouldBeNull());
    }

    [Theory]
    [InlineData("x", 255, true)]
    [InlineData("x", 256, false)]
    [InlineData("é", 127, true)]
    [InlineData("é", 128, false)]
    public void A_correlation_id_that_AMQP_cannot_carry_stands_in_the_body_only(string character, int times, bool isCarried)
    {
        var correlation = string.Concat(Enumerable.Repeat(character, times));
        var message = Of(ParsedCommands.Json(("correlationId", $"\"{correlation}\"")), new BasicProperties());
        message.Properties.CorrelationId.ShouldBe(isCarried ? correlation : null);
        JsonElement.Parse(message.Body).GetProperty("correlationId").GetString().ShouldBe(correlation);
    }

    [Fact]
    public void An_AMQP_client_is_answered_in_plain_JSON_with_its_correlation_id()
    {
        var message = Of(ParsedCommands.Json(), new BasicProperties { ReplyTo = "answers", CorrelationId = "17" });
        message.Reply!.ShouldSatisfyAllConditions(
            r => r.Queue.ShouldBe("answers"),
            r => r.Properties.CorrelationId.ShouldBe("17"),
            r => r.Properties.ContentType.ShouldBe("application/json"),
            r => r.Body.ShouldBe(message.Body));
    }

    [Fact]
    public void A_correlation_id_that_AMQP_cannot_carry_back_does_not_stop_the_answer()
    {
        // 86 bytes that are no text become 258 bytes of U+FFFD when they are read.
        var reply = Of(ParsedCommands.Json(), new BasicProperties { ReplyTo = "answers", CorrelationId = new string('\uFFFD', 86) }).Reply!;
        reply.Queue.ShouldBe("answers");
        reply.Properties.CorrelationId.ShouldBeNull();
    }

    [Fact]
    public void A_MassTransit_client_is_answered_in_an_envelope_with_its_request_id()
    {
        var envelope = $"{{\"message\":{ParsedCommands.Json()},\"responseAddress\":\"queue:answers\",\"requestId\":\"5e3eb2b4-6a3c-4b43-8f0e-2f66cbbde6c1\"}}";
        var reply = Of(envelope, new BasicProperties { ContentType = "application/vnd.masstransit+json" }).Reply!;
        reply.Queue.ShouldBe("answers");
        reply.Properties.ContentType.ShouldBe("application/vnd.masstransit+json");
        var body = JsonElement.Parse(reply.Body);
        body.GetProperty("requestId").GetString().ShouldBe("5e3eb2b4-6a3c-4b43-8f0e-2f66cbbde6c1");
        body.GetProperty("messageType")[0].GetString().ShouldBe("urn:message:CaseWorker.Contracts:CaseConflicted");
        body.GetProperty("message").GetProperty("commandId").GetString().ShouldBe(ParsedCommands.Id);
    }

    private static OutcomeMessage Of(string body, BasicProperties properties)
    {
        var channel = new SlotChannel(new FakeBroker().Context, new SlotLease(42, 1), _ => { }, TimeProvider.System);
        var delivery = FakeBroker.Deliver(channel, 1, properties, Encoding.UTF8.GetBytes(body));
        var parsed = ParsedDelivery.Of(delivery, ParsedCommands.Reader);
        var decided = new BatchState(new StoredBatch { RecordedAt = DateTimeOffset.UnixEpoch, Cases = [Case] }, BuiltInExecutor.Instance).Decide(parsed.Command!, failure: null);
        var outcome = OutcomeComposer.Conflicted(parsed.Command!, (Decision.Conflicted)decided.Decision, null, DateTimeOffset.UnixEpoch);
        return new ProcessedDelivery(parsed, decided, new ComposedOutcome(outcome), DeadLetter: null).ToPublish()!.Message;
    }
}
