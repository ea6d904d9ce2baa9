using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Parsing;

/// <summary>The typed top-level fields of a scanned command. What is absent and what is null are the same.</summary>
internal readonly ref struct CommandFields(ReadOnlySpan<byte> json, CommandScan scan)
{
    private readonly ReadOnlySpan<byte> json = json;
    private readonly IReadOnlyDictionary<string, Range> fields = scan.Fields;
    private readonly IReadOnlySet<string> doubled = scan.Doubled;

    public Guid? CommandId() =>
        Identity("commandId", out var reader) && reader.TokenType == JsonTokenType.String
        && JsonText.IsWhole(ref reader) && reader.TryGetGuid(out var id) && id != Guid.Empty
            ? id
            : null;

    /// <param name="otherwise">The case where the command names none.</param>
    public long? CaseReference(long? otherwise = null)
    {
        if (!Identity("caseReference", out var reader))
        {
            return doubled.Contains("caseReference") ? null : otherwise;
        }

        return reader.TokenType switch
        {
            JsonTokenType.Number when reader.TryGetInt64(out var number) && number > 0 => number,
            JsonTokenType.String when !reader.ValueIsEscaped && CaseReferenceConverter.TryParse(reader.GetString(), out var parsed) => parsed,
            _ => null,
        };
    }

    /// <summary>Says why an identity could not be used.</summary>
    public string Explain(string name, string expected) =>
        doubled.Contains(name) ? $"\"{name}\" stands twice: it is not clear which one is meant."
        : fields.ContainsKey(name) ? $"\"{name}\" is not {expected}."
        : fields.ContainsKey("message") && fields.ContainsKey("messageType")
            ? $"\"{name}\" is missing; this looks like a MassTransit envelope that was sent without its content type application/vnd.masstransit+json."
        : $"\"{name}\" is missing; it is {expected}.";

    public string? Text(string name, bool required, List<FieldError> errors)
    {
        if (!Find(name, out var reader))
        {
            if (required)
            {
                errors.Add(new FieldError("/" + name, "Required. Must be a string."));
            }

            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            errors.Add(new FieldError("/" + name, "Must be a string."));
            return null;
        }

        var text = reader.GetString()!;
        if (text.Length > JsonLimits.MaxNameLength || (required && text.Length == 0))
        {
            errors.Add(new FieldError("/" + name, $"Must have {(required ? 1 : 0)} to {JsonLimits.MaxNameLength} characters."));
            return null;
        }

        return text;
    }

    /// <summary>A text out of a command that breaks a limit, where the text itself does not.</summary>
    public string? TextIfStorable(string name) =>
        Identity(name, out var reader) && reader.TokenType == JsonTokenType.String && JsonText.OrNull(ref reader) is { Length: > 0 and <= JsonLimits.MaxNameLength } text
            && !text.Contains('\0', StringComparison.Ordinal)
            ? text
            : null;

    public long? Proposal(string name, List<FieldError> errors)
    {
        if (!Find(name, out var reader))
        {
            return null;
        }

        if (reader.TokenType == JsonTokenType.Number && new JsonNumber(reader.ValueSpan).TryGetInt64(out var value) && value > 0)
        {
            return value;
        }

        errors.Add(new FieldError("/" + name, "Must be a whole number of at least 1: the current number plus one."));
        return null;
    }

    public void CheckInstant(string name, List<FieldError> errors)
    {
        if (Find(name, out var reader)
            && !(reader.TokenType == JsonTokenType.String
                && DateTimeOffset.TryParse(reader.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.None, out _)))
        {
            errors.Add(new FieldError("/" + name, "Must be a date and time as in RFC 3339, for example 2026-11-23T09:30:00Z."));
        }
    }

    public Range? Body(List<FieldError> errors)
    {
        if (fields.TryGetValue("body", out var range))
        {
            return range;
        }

        errors.Add(new FieldError("/body", "Required. Must be the content of the action."));
        return null;
    }

    private bool Identity(string name, out Utf8JsonReader reader)
    {
        reader = default;
        return !doubled.Contains(name) && Find(name, out reader);
    }

    private bool Find(string name, out Utf8JsonReader reader)
    {
        reader = default;
        if (!fields.TryGetValue(name, out var range))
        {
            return false;
        }

        reader = new Utf8JsonReader(json[range], new JsonReaderOptions { MaxDepth = int.MaxValue });
        reader.Read();
        return reader.TokenType != JsonTokenType.Null;
    }
}
