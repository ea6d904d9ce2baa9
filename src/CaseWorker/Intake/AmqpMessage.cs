using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using CaseWorker.Commands;
using CaseWorker.DeadLetters;
using MassTransit;
using RabbitMQ.Client;

namespace CaseWorker.Intake;

/// <summary>Keeps a message for an operator: its bytes untouched, its properties and headers as clean JSON.</summary>
internal static class AmqpMessage
{
    public static DeadLetter ToDeadLetter(
        RabbitMqBasicConsumeContext transport,
        byte[] body,
        bool isRedelivery,
        string kind,
        string reason,
        string detail,
        Command? command = null,
        string state = LetterStates.Open) => new()
        {
            Kind = kind,
            State = state,
            Reason = CleanText.Of(reason, 200),
            Detail = CleanText.Of(detail),
            CommandId = command?.Id,
            CaseReference = command?.CaseReference,
            Action = command?.ActionName,
            Exchange = CleanText.Of(transport.Exchange, 255),
            RoutingKey = CleanText.Of(transport.RoutingKey, 255),
            Headers = PropertiesAsJson(transport.Properties),
            Body = body,
            Digest = DigestOf(transport, body),
            Fingerprint = command?.Digest,
            IsRedelivery = isRedelivery,
        };

    /// <summary>The same message again has the same bytes, id and route.</summary>
    private static byte[] DigestOf(RabbitMqBasicConsumeContext transport, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{transport.Properties.MessageId}\n{transport.RoutingKey}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    private static string PropertiesAsJson(IReadOnlyBasicProperties properties)
    {
        var json = new JsonObject();
        void Add(string name, bool isPresent, object? value)
        {
            if (isPresent)
            {
                json[name] = ToJson(value, 0);
            }
        }

        Add("contentType", properties.IsContentTypePresent(), properties.ContentType);
        Add("contentEncoding", properties.IsContentEncodingPresent(), properties.ContentEncoding);
        Add("messageId", properties.IsMessageIdPresent(), properties.MessageId);
        Add("correlationId", properties.IsCorrelationIdPresent(), properties.CorrelationId);
        Add("replyTo", properties.IsReplyToPresent(), properties.ReplyTo);
        Add("type", properties.IsTypePresent(), properties.Type);
        Add("appId", properties.IsAppIdPresent(), properties.AppId);
        Add("timestamp", properties.IsTimestampPresent(), properties.IsTimestampPresent() ? properties.Timestamp.UnixTime : null);
        Add("headers", properties.IsHeadersPresent() && properties.Headers is not null, properties.Headers);
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
        AmqpTimestamp time => JsonValue.Create(time.UnixTime),
        IEnumerable<KeyValuePair<string, object?>> table => new JsonObject(table
            .DistinctBy(entry => CleanText.Of(entry.Key, 255), StringComparer.Ordinal)
            .Select(entry => KeyValuePair.Create(CleanText.Of(entry.Key, 255), ToJson(entry.Value, depth + 1)))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(item => ToJson(item, depth + 1))]),
        byte or sbyte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(CleanText.Of(Convert.ToString(value, CultureInfo.InvariantCulture))),
    };
}
