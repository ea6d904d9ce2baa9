using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Parsing;
using CaseWorker.RabbitMq;

namespace CaseWorker.DeadLetters;

/// <summary>Reads the commands of dead letters again, from their bytes.</summary>
internal sealed class DeadLetterReader(CommandReader commands)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = JsonLimits.MaxDepth * 2,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // or a text could become longer than a command may be
    };

    private static readonly JsonDocumentOptions Json = new() { MaxDepth = JsonLimits.MaxDepth * 2 };

    /// <summary>Of a dead letter that stands, or stood, in a case's line.</summary>
    /// <param name="id">The dead letter.</param>
    /// <param name="body">Its message.</param>
    /// <param name="headers">Its AMQP properties, as they are stored.</param>
    public DeadLetterCommand Read(long id, ReadOnlySpan<byte> body, string headers)
    {
        var properties = JsonNode.Parse(headers);
        string? Property(string name) => properties?[name]?.ToString();
        var isEnvelope = Property("contentType")?.StartsWith(Envelope.ContentType, StringComparison.OrdinalIgnoreCase) == true;
        var reading = commands.Read(body, isEnvelope) as ParseResult.Parsed
            ?? throw new InvalidOperationException($"Dead letter {id} is of a command and cannot be read as one.");
        return new DeadLetterCommand(
            reading.Command,
            reading.ReplyTo ?? ReplyTo.OfProperties(Property("replyTo"), Property("correlationId"), Property("messageId")),
            new TraceContext(properties?["headers"]?["traceparent"]?.ToString(), properties?["headers"]?["tracestate"]?.ToString()));
    }

    /// <summary>The command with another body, checked as if it had been sent so.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public Command Rewrite(Command command, string body)
    {
        var message = JsonSerializer.SerializeToUtf8Bytes(
            new CaseCommand
            {
                CommandId = command.Id,
                CaseReference = command.CaseReference,
                Action = command.ActionName!,
                ProposedVersion = command.ProposedVersion,
                ProposedNonce = command.ProposedNonce,
                Body = JsonElement.Parse(body, Json),
                Actor = command.Actor,
                CorrelationId = command.CorrelationId,
            },
            Options);
        return ((ParseResult.Parsed)commands.Read(message)).Command;
    }
}

/// <summary>A dead letter's command, and what else its message says.</summary>
internal sealed record DeadLetterCommand(Command Command, ReplyTo? ReplyTo, TraceContext Trace);
