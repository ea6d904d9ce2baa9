using System.Collections.Concurrent;
using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Parsing;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>An outcome as it goes to the broker: plain JSON for any client, with what a MassTransit subscriber needs to know it by.</summary>
internal sealed record OutcomeMessage(string Exchange, BasicProperties Properties, byte[] Body, OutcomeReply? Reply)
{
    private const string JsonContentType = "application/json";

    private static readonly JsonScratch Scratch = new(default);
    private static readonly ConcurrentDictionary<Type, string> Urns = new();

    /// <param name="outcome">The outcome.</param>
    /// <param name="replyTo">Where a requester waits; null if nobody does.</param>
    /// <param name="trace">The command's trace context.</param>
    public static OutcomeMessage Of(ComposedOutcome outcome, ReplyTo? replyTo, TraceContext trace) => new(
        ExchangeOf(outcome.Value),
        PropertiesOf(outcome.Value, trace, JsonContentType),
        outcome.Json,
        replyTo is not null ? ReplyOf(outcome.Value, trace, replyTo, outcome.Json) : null);

    private static string ExchangeOf(CaseOutcome outcome) => outcome switch
    {
        CaseAccepted => CaseTopology.AcceptedExchange,
        CaseConflicted => CaseTopology.ConflictedExchange,
        CaseRejected => CaseTopology.RejectedExchange,
        CaseParked => CaseTopology.ParkedExchange,
        _ => throw new InvalidOperationException($"{outcome.GetType().Name} has no exchange."),
    };

    /// <summary>MassTransit's name for the message type; see its documentation on interoperability.</summary>
    private static string UrnOf(CaseOutcome outcome) => Urns.GetOrAdd(outcome.GetType(), type => $"urn:message:{type.Namespace}:{type.Name}");

    private static BasicProperties PropertiesOf(CaseOutcome outcome, TraceContext trace, string contentType)
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["MT-MessageType"] = UrnOf(outcome) };
        if (trace.Parent is { } parent)
        {
            headers["traceparent"] = parent;
            if (trace.State is { } state)
            {
                headers["tracestate"] = state;
            }
        }

        var properties = new BasicProperties
        {
            ContentType = contentType,
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = outcome.OutcomeId.ToString(),
            Timestamp = new AmqpTimestamp(outcome.RecordedAt.ToUnixTimeSeconds()),
            Type = outcome.Outcome,
            Headers = headers,
        };

        // Where it is too long for AMQP, the body carries the whole.
        if (outcome.CorrelationId is { Length: > 0 } correlation && ReplyTo.FitsAmqp(correlation))
        {
            properties.CorrelationId = correlation;
        }

        return properties;
    }

    private static OutcomeReply ReplyOf(CaseOutcome outcome, TraceContext trace, ReplyTo replyTo, byte[] body)
    {
        var properties = PropertiesOf(outcome, trace, replyTo.Envelope ? Envelope.ContentType : JsonContentType);
        if (replyTo.RequestId is { } request)
        {
            properties.Headers!["MT-Request-Id"] = request;
            if (!replyTo.Envelope && ReplyTo.FitsAmqp(request))
            {
                properties.CorrelationId = request;
            }
        }

        return new OutcomeReply(replyTo.Queue, properties, replyTo.Envelope ? Wrap(outcome, replyTo, body) : body);
    }

    private static byte[] Wrap(CaseOutcome outcome, ReplyTo replyTo, byte[] body) => Scratch.Write(WriteEnvelope, (outcome, replyTo, body)).ToArray();

    private static void WriteEnvelope(Utf8JsonWriter writer, (CaseOutcome Outcome, ReplyTo ReplyTo, byte[] Body) reply)
    {
        writer.WriteStartObject();
        writer.WriteString("messageId", reply.Outcome.OutcomeId);
        writer.WriteString("requestId", reply.ReplyTo.RequestId);
        writer.WriteStartArray("messageType");
        writer.WriteStringValue(UrnOf(reply.Outcome));
        writer.WriteEndArray();
        writer.WritePropertyName("message");
        writer.WriteRawValue(reply.Body, skipInputValidation: true);
        writer.WriteString("sentTime", reply.Outcome.RecordedAt);
        writer.WriteEndObject();
    }
}

/// <summary>W3C trace context, handed from the command to its outcome.</summary>
internal sealed record TraceContext(string? Parent, string? State);

/// <summary>The same outcome for the one who asked, sent through the default exchange to its queue.</summary>
internal sealed record OutcomeReply(string Queue, BasicProperties Properties, byte[] Body);
