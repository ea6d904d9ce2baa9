using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using CaseWorker.Cases;
using CaseWorker.Json;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using MassTransit;
using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>
/// A message as the broker delivered it. Thousands wait in memory for their batch workers: it holds what is needed of it and nothing of the handler
/// that brought it.
/// </summary>
internal sealed class AmqpMessage(ReceiveContext context, RabbitMqBasicConsumeContext transport)
{
    public ulong Tag { get; } = transport.DeliveryTag;

    public string? Exchange { get; } = transport.Exchange;

    public string? RoutingKey { get; } = transport.RoutingKey;

    public IReadOnlyBasicProperties Properties { get; } = transport.Properties;

    public bool IsRedelivery { get; } = context.Redelivered;

    /// <summary>A copy: the client takes its memory back when the handler returns.</summary>
    public byte[] Body { get; } = context.Body.GetBytes();

    /// <summary>Whether the content type says that it is a MassTransit envelope.</summary>
    public bool IsEnvelope => Envelope.IsContentType(Properties.ContentType);

    /// <summary>Where a requester waits, by AMQP's own properties; null if nobody does.</summary>
    public ReplyTo? ReplyTo => Cases.ReplyTo.OfProperties(Properties.ReplyTo, Properties.CorrelationId, Properties.MessageId);

    /// <summary>W3C trace context, handed from the command to its outcome.</summary>
    public TraceContext Trace => new(HeaderText("traceparent"), HeaderText("tracestate"));

    /// <summary>Keeps it for an operator: its bytes untouched, its properties and headers as clean JSON.</summary>
    public DeadLetter ToDeadLetter(string kind, string reason, string detail, Command command, string state = DeadLetterStates.Open) =>
        ToDeadLetter(kind, state, reason, detail, command.Id, command.CaseReference, command.ActionName, command.Digest);

    /// <summary>Keeps a message that is not processed as a command.</summary>
    /// <inheritdoc cref="ToDeadLetter(string, string, string, Command, string)"/>
    public DeadLetter ToDeadLetter(string kind, string reason, string detail, ParseResult.Malformed malformed) =>
        ToDeadLetter(kind, DeadLetterStates.Open, reason, detail, malformed.CommandId, malformed.CaseReference, malformed.ActionName, fingerprint: null);

    private DeadLetter ToDeadLetter(string kind, string state, string reason, string detail, Guid? id, long? reference, string? action, byte[]? fingerprint) => new()
    {
        Kind = kind,
        State = state,
        Reason = CleanText.Of(reason, 200),
        Detail = CleanText.Of(detail),
        CommandId = id,
        CaseReference = reference,
        Action = action,
        Exchange = CleanText.Of(Exchange, 255),
        RoutingKey = CleanText.Of(RoutingKey, 255),
        Headers = PropertiesAsJson(),
        Body = Body,
        Digest = Digest(),
        Fingerprint = fingerprint,
        IsRedelivery = IsRedelivery,
    };

    private string? HeaderText(string name) =>
        Properties.Headers?.TryGetValue(name, out var value) == true && value is byte[] { Length: > 0 and <= 512 } bytes
            ? Encoding.UTF8.GetString(bytes)
            : null;

    /// <summary>The same message again has the same bytes, id and route.</summary>
    private byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Properties.MessageId}\n{RoutingKey}\n"));
        hash.AppendData(Body);
        return hash.GetHashAndReset();
    }

    private string PropertiesAsJson()
    {
        var json = new JsonObject();
        void Add(string name, bool isPresent, object? value)
        {
            if (isPresent)
            {
                json[name] = ToJson(value, 0);
            }
        }

        Add("contentType", Properties.IsContentTypePresent(), Properties.ContentType);
        Add("contentEncoding", Properties.IsContentEncodingPresent(), Properties.ContentEncoding);
        Add("messageId", Properties.IsMessageIdPresent(), Properties.MessageId);
        Add("correlationId", Properties.IsCorrelationIdPresent(), Properties.CorrelationId);
        Add("replyTo", Properties.IsReplyToPresent(), Properties.ReplyTo);
        Add("type", Properties.IsTypePresent(), Properties.Type);
        Add("appId", Properties.IsAppIdPresent(), Properties.AppId);
        Add("userId", Properties.IsUserIdPresent(), Properties.UserId);
        Add("clusterId", Properties.IsClusterIdPresent(), Properties.ClusterId);
        Add("expiration", Properties.IsExpirationPresent(), Properties.Expiration);
        Add("deliveryMode", Properties.IsDeliveryModePresent(), (byte)Properties.DeliveryMode);
        Add("priority", Properties.IsPriorityPresent(), Properties.Priority);
        Add("timestamp", Properties.IsTimestampPresent(), Properties.Timestamp);
        Add("headers", Properties.IsHeadersPresent() && Properties.Headers is not null, Properties.Headers);
        return json.ToJsonString();
    }

    /// <summary>AMQP's field values, made storable: text is cleaned, bytes that are no text become base64.</summary>
    private static JsonNode? ToJson(object? value, int depth) => value switch
    {
        _ when depth > 8 => JsonValue.Create("…"),
        null => null,
        byte[] bytes => JsonValue.Create(Utf8.IsValid(bytes) ? CleanText.Of(Encoding.UTF8.GetString(bytes)) : Convert.ToBase64String(bytes)),
        string text => JsonValue.Create(CleanText.Of(text)),
        BinaryTableValue binary => JsonValue.Create(Convert.ToBase64String(binary.Bytes)),
        bool flag => JsonValue.Create(flag),
        AmqpTimestamp time => JsonValue.Create((ulong)time.UnixTime), // unsigned on the wire
        IEnumerable<KeyValuePair<string, object?>> table => new JsonObject(table
            .DistinctBy(entry => CleanText.Of(entry.Key, 255), StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(CleanText.Of(entry.Key, 255), ToJson(entry.Value, depth + 1)))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(item => ToJson(item, depth + 1))]),
        byte or sbyte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(CleanText.Of(Convert.ToString(value, CultureInfo.InvariantCulture))),
    };
}
