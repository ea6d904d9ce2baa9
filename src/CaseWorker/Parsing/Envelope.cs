using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Json;

namespace CaseWorker.Parsing;

/// <summary>The parts of a MassTransit envelope that matter here: where its message stands, and who waits for an answer.</summary>
internal readonly record struct Envelope(Range Message, ReplyTo? ReplyTo)
{
    public const string ContentType = "application/vnd.masstransit+json";

    /// <summary>Whether an AMQP content type says that the message is an envelope.</summary>
    public static bool IsContentType(string? contentType) => contentType?.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase) == true;

    /// <exception cref="JsonException">No JSON object with a <c>message</c>.</exception>
    public static Envelope Open(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A MassTransit envelope is a JSON object.");
        }

        Range? message = null;
        string? responseAddress = null;
        string? requestId = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonText.OrNull(ref reader);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            switch (name)
            {
                case "message" when message is not null:
                    throw new JsonException("The MassTransit envelope has \"message\" twice.");
                case "message":
                    reader.Skip();
                    message = start..(int)reader.BytesConsumed;
                    break;
                case "responseAddress":
                    responseAddress = TextOrNull(ref reader);
                    break;
                case "requestId":
                    requestId = TextOrNull(ref reader);
                    break;
            }

            reader.Skip();
        }

        // Throws at anything that stands behind the envelope.
        reader.Read();

        return new Envelope(
            message ?? throw new JsonException("The MassTransit envelope has no \"message\"."),
            QueueOf(responseAddress) is { } queue ? new ReplyTo(queue, requestId, Envelope: true) : null);
    }

    /// <summary>
    /// The queue behind an address such as <c>rabbitmq://host/vhost/queue?temporary=true</c>, <c>queue:name</c> or <c>exchange:name</c>.
    /// MassTransit gives a response queue and its exchange one name, so that the default exchange reaches it, and no address, however
    /// wrong, can close the worker's channel.
    /// </summary>
    internal static string? QueueOf(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return null;
        }

        var path = address.Split('?', 2)[0];
        var name = Uri.UnescapeDataString(path[(path.LastIndexOfAny(['/', ':']) + 1)..]);
        return ReplyTo.IsQueue(name) ? name : null;
    }

    private static string? TextOrNull(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && JsonText.OrNull(ref reader) is { } text ? CleanText.Of(text, 1_024) : null;
}
