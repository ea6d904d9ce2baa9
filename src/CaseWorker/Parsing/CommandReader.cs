using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Parsing;

/// <summary>
/// Turns a message's bytes into a <see cref="ParseResult"/>. The only place that parses what a producer sent; pure, so that every batch worker can
/// read its own.
/// </summary>
internal sealed class CommandReader(CaseActionSet actions, int slots, IReadOnlySet<string>? skip = null)
{
    private static readonly JsonDocumentOptions BodyOptions = new() { MaxDepth = JsonLimits.MaxDepth + 1 };

    /// <param name="message">The AMQP body: a command, or a MassTransit envelope around one.</param>
    /// <param name="isEnvelope">What the content type says.</param>
    /// <param name="slot">The slot whose queue the message came from; null if it was not taken from a slot.</param>
    /// <param name="reference">The case of a command that names none; null if it must.</param>
    public ParseResult Read(ReadOnlySpan<byte> message, bool isEnvelope = false, int? slot = null, long? reference = null)
    {
        if (!Utf8.IsValid(message))
        {
            return new ParseResult.Malformed("not-json", "The message is not UTF-8 text.");
        }

        try
        {
            if (!isEnvelope)
            {
                return ReadCommand(message, null, slot, reference);
            }

            var envelope = Envelope.Open(message);
            return ReadCommand(message[envelope.Message], envelope.ReplyTo, slot, reference);
        }
        catch (JsonException error)
        {
            return new ParseResult.Malformed("not-json", CleanText.Of($"The message is not strict JSON: {error.Message}"));
        }
    }

    private ParseResult ReadCommand(ReadOnlySpan<byte> json, ReplyTo? replyTo, int? slot, long? otherwise)
    {
        var scan = CommandScan.Of(json);
        var fields = new CommandFields(json, scan);
        if (fields.CommandId() is not { } id)
        {
            return new ParseResult.Malformed("no-command-id", fields.Explain("commandId", "a UUID such as 9f677f53-0a93-4a43-a5ec-1ec202813a47"))
            {
                CaseReference = fields.CaseReference(otherwise),
                ActionName = fields.TextIfStorable("action"),
            };
        }

        if (fields.CaseReference(otherwise) is not { } reference)
        {
            return new ParseResult.Malformed("no-case-reference", fields.Explain("caseReference", "a positive 64-bit integer as a string of digits"))
            {
                CommandId = id,
                ActionName = fields.TextIfStorable("action"),
            };
        }

        return new ParseResult.Parsed(
            scan.Errors.Count > 0 ? Hostile(id, reference, fields, json, scan.Errors) : Checked(id, reference, fields, json, slot),
            replyTo);
    }

    private static Command Hostile(Guid id, long reference, CommandFields fields, ReadOnlySpan<byte> json, IReadOnlyList<FieldError> errors) => new()
    {
        Id = id,
        CaseReference = reference,
        ActionName = fields.TextIfStorable("action"),
        Actor = fields.TextIfStorable("actor"),
        CorrelationId = fields.TextIfStorable("correlationId"),
        Digest = Fingerprint.OfBytes(json),
        Errors = errors,
    };

    private Command Checked(Guid id, long reference, CommandFields fields, ReadOnlySpan<byte> json, int? slot)
    {
        var errors = new List<FieldError>();
        var actionName = fields.Text("action", required: true, errors);
        var proposedVersion = fields.Proposal("proposedVersion", errors);
        var proposedNonce = fields.Proposal("proposedNonce", errors);
        var actor = fields.Text("actor", required: false, errors);
        var correlationId = fields.Text("correlationId", required: false, errors);
        fields.CheckInstant("issuedAt", errors);
        var body = fields.Body(errors);
        var areFieldsValid = errors.Count == 0;

        // From here on the rules of this worker are asked, which another build may not have. The fingerprint must not depend on them.
        CheckSlot(reference, slot, errors);
        var action = actionName is null ? null : actions.Find(actionName, errors);
        var command = new Command
        {
            Id = id,
            CaseReference = reference,
            ActionName = actionName,
            Action = action,
            IsSkippable = actionName is not null && skip?.Contains(actionName) == true,
            ProposedVersion = proposedVersion,
            ProposedNonce = proposedNonce,
            Body = body is { } range ? JsonElement.Parse(json[range], BodyOptions) : default,
            Actor = actor,
            CorrelationId = correlationId,
            Digest = [],
        };
        object? payload = null;
        if (action is not null && body is not null)
        {
            action.Validate(command, errors);
            payload = action.ReadBody(command, errors);
        }

        return command with
        {
            Digest = areFieldsValid
                ? Fingerprint.Of(actionName, reference, proposedVersion, proposedNonce, command.Body)
                : Fingerprint.OfBytes(json),
            DigestOfBytes = areFieldsValid && errors.Count > 0 ? Fingerprint.OfBytes(json) : null,
            Errors = errors,
            Payload = payload,
        };
    }

    /// <summary>Two queues for one case would be two orders: such a command is refused, not applied in whichever order it came.</summary>
    private void CheckSlot(long reference, int? slot, List<FieldError> errors)
    {
        var right = CaseTopology.SlotOf(reference, slots);
        if (slot is { } used && used != right)
        {
            errors.Add(new FieldError("/caseReference", string.Create(
                CultureInfo.InvariantCulture,
                $"Published with routing key {used}; case {reference} belongs to slot {right} (case reference mod {slots}).")));
        }
    }
}
