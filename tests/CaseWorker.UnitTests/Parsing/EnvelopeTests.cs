using CaseWorker.Cases;
using CaseWorker.Parsing;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Parsing;

public sealed class EnvelopeTests
{
    [Fact]
    public void The_message_of_an_envelope_is_the_command()
    {
        var reading = Read($$"""
            { "messageId": "01", "requestId": "5e3eb2b4-6a3c-4b43-8f0e-2f66cbbde6c1", "sourceAddress": "rabbitmq://h/v/s",
              "responseAddress": "rabbitmq://host/vhost/answers?temporary=true", "messageType": ["urn:message:CaseWorker.Contracts:CaseCommand"],
              "message": {{ParsedCommands.Json(("actor", "\"me\""))}}, "headers": {"x": [1, {"message": 2}]}, "host": {} }
            """).ShouldBeOfType<ParseResult.Parsed>();
        reading.Command.Errors.ShouldBeEmpty();
        reading.Command.Actor.ShouldBe("me");
        reading.ReplyTo.ShouldBe(new ReplyTo("answers", "5e3eb2b4-6a3c-4b43-8f0e-2f66cbbde6c1", Envelope: true));
    }

    [Fact]
    public void An_envelope_without_a_response_address_is_not_answered() =>
        Read($"{{\"message\":{ParsedCommands.Json()},\"requestId\":\"1\"}}").ShouldBeOfType<ParseResult.Parsed>().ReplyTo.ShouldBeNull();

    [Fact]
    public void A_plain_command_is_not_answered() => ParsedCommands.Read(ParsedCommands.Json()).ShouldBeOfType<ParseResult.Parsed>().ReplyTo.ShouldBeNull();

    [Fact]
    public void The_limits_hold_for_the_message_in_an_envelope() =>
        Read($"{{\"message\":{ParsedCommands.WithBody("{\"a\":1,\"a\":2}")}}}").ShouldBeOfType<ParseResult.Parsed>()
            .Command.Errors.ShouldHaveSingleItem().Path.ShouldBe("/body/a");

    [Fact]
    public void A_plain_command_and_the_same_in_an_envelope_have_one_fingerprint() =>
        Read($"{{\"message\":{ParsedCommands.Json()}}}").ShouldBeOfType<ParseResult.Parsed>().Command.Digest.ShouldBe(ParsedCommands.Valid(ParsedCommands.Json()).Digest);

    [Fact]
    public void An_envelope_labelled_as_plain_JSON_is_unreadable_and_the_text_says_how_to_label_it()
    {
        var unreadable = ParsedCommands.Unreadable($"{{\"messageType\":[\"urn:message:X\"],\"message\":{ParsedCommands.Json()}}}");
        unreadable.Reason.ShouldBe("no-command-id");
        unreadable.Detail.ShouldContain("this looks like a MassTransit envelope that was sent without its content type application/vnd.masstransit+json");
    }

    [Fact]
    public void A_plain_command_labelled_as_an_envelope_is_unreadable_and_the_text_says_what_is_missing() =>
        Read(ParsedCommands.Json()).ShouldBeOfType<ParseResult.Malformed>().Detail.ShouldContain("The MassTransit envelope has no \"message\".");

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{")]
    [InlineData("{\"message\":")]
    [InlineData("{\"message\":{}")]
    [InlineData("{\"message\":null}")]
    [InlineData("{\"message\":[]}")]
    [InlineData("{\"message\":\"{}\"}")]
    public void A_broken_envelope_is_unreadable(string json) => Read(json).ShouldBeOfType<ParseResult.Malformed>().Reason.ShouldBe("not-json");

    [Theory]
    [InlineData("x")]
    [InlineData("{}")]
    [InlineData(",")]
    public void Text_after_an_envelope_makes_it_unreadable(string text) =>
        Read($"{{\"message\":{ParsedCommands.Json()}}}{text}").ShouldBeOfType<ParseResult.Malformed>().Reason.ShouldBe("not-json");

    [Fact]
    public void Two_messages_in_one_envelope_make_it_unreadable() =>
        Read($"{{\"message\":{ParsedCommands.Json()},\"\\u006dessage\":{ParsedCommands.Json(("caseReference", "\"43\""))}}}")
            .ShouldBeOfType<ParseResult.Malformed>().Detail.ShouldContain("twice");

    [Theory]
    [InlineData("\\ud800essage")]
    [InlineData("m\\ud800ssage")]
    [InlineData("\\ud800esponseAddress")]
    [InlineData("\\ud800equestId")]
    [InlineData("\\u0000essage")]
    public void A_key_that_is_no_text_does_not_hide_the_message(string key) =>
        Read($"{{\"{key}\":1,\"message\":{ParsedCommands.Json()}}}").ShouldBeOfType<ParseResult.Parsed>().Command.Errors.ShouldBeEmpty();

    [Theory]
    [InlineData("\"\\ud800\"")]
    [InlineData("12")]
    [InlineData("{\"a\":1}")]
    [InlineData("null")]
    public void A_response_address_that_is_no_text_is_not_answered(string raw) =>
        Read($"{{\"responseAddress\":{raw},\"message\":{ParsedCommands.Json()}}}").ShouldBeOfType<ParseResult.Parsed>().ReplyTo.ShouldBeNull();

    [Theory]
    [InlineData("rabbitmq://host/queue", "queue")]
    [InlineData("rabbitmq://host/vhost/queue", "queue")]
    [InlineData("rabbitmq://host:5672/vhost/queue?temporary=true&durable=false", "queue")]
    [InlineData("rabbitmqs://host/vhost/bus-host-app-xyz?bind=true", "bus-host-app-xyz")]
    [InlineData("queue:answers", "answers")]
    [InlineData("exchange:answers", "answers")]
    [InlineData("exchange:answers?type=fanout", "answers")]
    [InlineData("answers", "answers")]
    [InlineData("rabbitmq://host/vhost/an%20answer", "an answer")]
    public void The_queue_behind_a_response_address_is_found(string address, string queue) => Envelope.QueueOf(address).ShouldBe(queue);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("rabbitmq://host/vhost/")]
    [InlineData("queue:")]
    [InlineData("?x=1")]
    public void An_address_without_a_queue_is_not_answered(string? address) => Envelope.QueueOf(address).ShouldBeNull();

    [Theory]
    [InlineData("x", 255, true)]
    [InlineData("x", 256, false)]
    [InlineData("é", 127, true)]
    [InlineData("é", 128, false)]
    public void A_queue_name_that_AMQP_cannot_carry_is_not_answered(string character, int times, bool isAnswered) =>
        (Envelope.QueueOf("queue:" + string.Concat(Enumerable.Repeat(character, times))) is not null).ShouldBe(isAnswered);

    private static ParseResult Read(string json) => ParsedCommands.Read(json, isEnvelope: true);
}
