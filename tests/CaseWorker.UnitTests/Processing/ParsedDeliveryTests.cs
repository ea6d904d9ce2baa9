using System.Text;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Leases;
using CaseWorker.Parsing;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.UnitTests.RabbitMq;
using RabbitMQ.Client;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Processing;

public sealed class ParsedDeliveryTests
{
    private readonly SlotChannel channel = new(new FakeBroker().Context, new SlotLease(42, 1), _ => { }, TimeProvider.System);

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    public void A_command_is_plain_JSON_whatever_its_label_but_the_envelope_s(string? contentType) =>
        Deliver(ParsedCommands.Json(), new BasicProperties { ContentType = contentType }).Command!.Errors.ShouldBeEmpty();

    [Theory]
    [InlineData("application/vnd.masstransit+json")]
    [InlineData("Application/Vnd.MassTransit+JSON; charset=utf-8")]
    public void An_envelope_is_known_by_its_content_type(string contentType) =>
        Deliver($"{{\"message\":{ParsedCommands.Json()}}}", new BasicProperties { ContentType = contentType }).Command!.Errors.ShouldBeEmpty();

    [Fact]
    public void An_AMQP_client_is_answered_at_its_reply_queue() =>
        Deliver(ParsedCommands.Json(), new BasicProperties { ReplyTo = "answers", CorrelationId = "17", MessageId = "m" }).ReplyTo.ShouldBe(new ReplyTo("answers", "17", Envelope: false));

    [Fact]
    public void The_message_id_stands_in_for_a_correlation_id() =>
        Deliver(ParsedCommands.Json(), new BasicProperties { ReplyTo = "answers", MessageId = "m" }).ReplyTo.ShouldBe(new ReplyTo("answers", "m", Envelope: false));

    [Fact]
    public void Nobody_is_answered_who_did_not_ask() => Deliver(ParsedCommands.Json(), new BasicProperties()).ReplyTo.ShouldBeNull();

    [Theory]
    [InlineData(85, true)]
    [InlineData(86, false)]
    public void A_reply_queue_that_AMQP_cannot_carry_back_is_not_answered(int replaced, bool isAnswered) =>
        (Deliver(ParsedCommands.Json(), new BasicProperties { ReplyTo = new string('\uFFFD', replaced) }).ReplyTo is not null).ShouldBe(isAnswered);

    [Fact]
    public void The_trace_context_is_read_from_the_headers()
    {
        var delivery = Deliver(ParsedCommands.Json(), new BasicProperties
        {
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["traceparent"] = "00-ab-cd-01"u8.ToArray(), ["tracestate"] = new byte[513] },
        });
        delivery.Delivery.Message.Trace.ShouldBe(new TraceContext("00-ab-cd-01", null));
    }

    [Fact]
    public void A_message_that_the_reader_stumbles_over_is_set_aside_and_holds_nobody_up()
    {
        var reader = new CommandReader(new CaseActionSet([new Stumbling()]), CaseTopology.SlotCount);
        var delivery = ParsedDelivery.Of(FakeBroker.Deliver(channel, 1, body: Encoding.UTF8.GetBytes(ParsedCommands.Json(("action", "\"stumble\"")))), reader);
        delivery.Command.ShouldBeNull();
        var deadLetter = delivery.ToDeadLetter(decision: null)!;
        (deadLetter.Kind, deadLetter.Reason).ShouldBe(("unreadable", "reader-failed"));
        deadLetter.Detail.ShouldContain("InvalidOperationException: over its own feet");
    }

    [Fact]
    public void The_slot_of_the_queue_is_checked() =>
        Deliver(ParsedCommands.Json(("caseReference", "\"43\"")), new BasicProperties()).Command!.Errors.ShouldHaveSingleItem().Path.ShouldBe("/caseReference");

    [Fact]
    public void An_unreadable_delivery_has_no_command() => Deliver("nonsense", new BasicProperties()).Command.ShouldBeNull();

    private ParsedDelivery Deliver(string body, BasicProperties properties) =>
        ParsedDelivery.Of(FakeBroker.Deliver(channel, 1, properties, Encoding.UTF8.GetBytes(body)), ParsedCommands.Reader);

    private sealed class Stumbling : ICaseAction
    {
        public string Name => "stumble";

        public void Validate(Command command, List<FieldError> errors) => throw new InvalidOperationException("over its own feet");
    }
}
