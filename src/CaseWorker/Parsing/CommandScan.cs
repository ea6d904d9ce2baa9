using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Parsing;

/// <summary>
/// One pass over a command's bytes: finds where its top-level fields stand and every breach of <see cref="JsonLimits"/>, with its path.
/// Nothing is built from hostile input before this pass has seen all of it.
/// </summary>
internal ref struct CommandScan
{
    /// <summary>The command object itself is one level around the body.</summary>
    private const int BodyStartsAt = 1;

    /// <summary>The top-level fields that somebody asks for; others cost no memory.</summary>
    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        StringComparer.Ordinal,
        "commandId", "caseReference", "action", "proposedVersion", "proposedNonce", "body", "actor", "correlationId", "issuedAt", "message", "messageType");

    /// <summary>What a thread's next scan needs of its last one: only memory. Not kept where one command made it large.</summary>
    [ThreadStatic]
    private static HashSet<(int Container, string Name)>? spareNames;

    private const int KeptNames = 256;

    private readonly ReadOnlySpan<byte> json;
    private readonly Dictionary<string, Range> fields = new(Known.Count, StringComparer.Ordinal);
    private readonly List<FieldError> errors = [];
    private readonly HashSet<(int Container, string Name)> names;
    private readonly List<Level> levels = [];
    private HashSet<string>? doubled;
    private int containers;
    private int properties;
    private long writtenOut;

    private CommandScan(ReadOnlySpan<byte> json)
    {
        this.json = json;
        (names, spareNames) = (spareNames ?? [], null);
    }

    /// <summary>The bytes of each known top-level field.</summary>
    public readonly IReadOnlyDictionary<string, Range> Fields => fields;

    /// <summary>Known top-level fields that occur twice: neither value can be trusted.</summary>
    public readonly IReadOnlySet<string> Doubled => doubled ?? (IReadOnlySet<string>)FrozenSet<string>.Empty;

    /// <summary>What breaks a limit; empty for a command that may be parsed and stored.</summary>
    public readonly IReadOnlyList<FieldError> Errors => errors;

    /// <summary>More errors would not be told: what only finds errors can rest.</summary>
    private readonly bool IsFull => errors.Count == JsonLimits.MaxErrors;

    /// <exception cref="JsonException">The bytes are not one strict JSON object.</exception>
    public static CommandScan Of(ReadOnlySpan<byte> json)
    {
        var scan = new CommandScan(json);
        scan.Run();
        scan.KeepNames();
        return scan;
    }

    private void Run()
    {
        if (json.Length > JsonLimits.MaxBytes)
        {
            errors.Add(new FieldError("", string.Create(CultureInfo.InvariantCulture, $"The command has {json.Length:N0} bytes; at most {JsonLimits.MaxBytes:N0} (1 MiB) are taken.")));
        }

        // The reader's own depth limit would end the scan before the command id is found.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A command is a JSON object.");
        }

        Enter(isArray: false);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    OnName(ref reader);
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    OnValue(reader.TokenStartIndex);
                    if (levels.Count == JsonLimits.MaxDepth + BodyStartsAt)
                    {
                        Report($"More than {JsonLimits.MaxDepth} levels of objects and arrays.");
                        reader.Skip();
                        continue;
                    }

                    Enter(reader.TokenType == JsonTokenType.StartArray);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    levels.RemoveAt(levels.Count - 1);
                    break;
                case JsonTokenType.String:
                    OnValue(reader.TokenStartIndex);
                    CheckText(ref reader);
                    break;
                case JsonTokenType.Number:
                    OnValue(reader.TokenStartIndex);
                    CheckNumber(reader.ValueSpan);
                    break;
                default:
                    OnValue(reader.TokenStartIndex);
                    break;
            }

            EndField(reader.BytesConsumed);
        }
    }

    private readonly void KeepNames()
    {
        if (names.Count <= KeptNames)
        {
            names.Clear();
            spareNames = names;
        }
    }

    private void Enter(bool isArray) => levels.Add(new Level { IsArray = isArray, Container = containers++ });

    private void OnName(ref Utf8JsonReader reader)
    {
        var level = levels[^1];
        level.Name = JsonNames.OrNull(ref reader);
        levels[^1] = level;
        CheckText(ref reader);
        properties++;
        if (properties == JsonLimits.MaxProperties + 1)
        {
            Report(string.Create(CultureInfo.InvariantCulture, $"More than {JsonLimits.MaxProperties:N0} properties."));
        }

        if (level.Name is not { } name)
        {
            return;
        }

        // Past the limit the command is refused anyway: remembering more names would only cost memory.
        if (properties <= JsonLimits.MaxProperties && !names.Add((level.Container, name)))
        {
            Report("The key stands twice in the same object.");
        }

        if (levels.Count == BodyStartsAt && fields.ContainsKey(name))
        {
            (doubled ??= new HashSet<string>(StringComparer.Ordinal)).Add(name);
        }
    }

    private readonly void OnValue(long start)
    {
        var level = levels[^1];
        level.Index++;
        if (levels.Count == BodyStartsAt)
        {
            level.ValueStart = (int)start;
        }

        levels[^1] = level;
    }

    private readonly void EndField(long end)
    {
        if (levels.Count == BodyStartsAt && levels[^1].Name is { } name && Known.Contains(name))
        {
            fields[name] = levels[^1].ValueStart..(int)end;
        }
    }

    private readonly void CheckText(ref Utf8JsonReader reader)
    {
        // Only an escape can hide a NUL or half a surrogate pair: the bytes are known to be UTF-8.
        if (!reader.ValueIsEscaped || IsFull)
        {
            return;
        }

        if (!JsonText.IsWhole(ref reader))
        {
            Report("The text contains half of a surrogate pair, which is no character.");
        }
        else if (reader.GetString()!.Contains('\0', StringComparison.Ordinal))
        {
            Report("The text contains the character U+0000, which PostgreSQL cannot store.");
        }
    }

    private void CheckNumber(ReadOnlySpan<byte> token)
    {
        if (IsFull)
        {
            return;
        }

        var number = new JsonNumber(token);
        if (number.SignificantDigits > JsonLimits.MaxSignificantDigits)
        {
            Report($"The number has more than {JsonLimits.MaxSignificantDigits} digits.");
        }
        else if (number.Magnitude > JsonLimits.MaxExponent)
        {
            Report($"The number's decimal exponent is outside -{JsonLimits.MaxExponent} to {JsonLimits.MaxExponent}.");
        }
        else if (token.IndexOfAny((byte)'e', (byte)'E') >= 0)
        {
            // PostgreSQL gives numbers back written out: a megabyte of 1e308 would come back as fifty.
            var before = writtenOut;
            writtenOut += number.Magnitude;
            if (before <= JsonLimits.MaxBytes && writtenOut > JsonLimits.MaxBytes)
            {
                Report(string.Create(CultureInfo.InvariantCulture, $"The numbers, written out without exponents, have more than {JsonLimits.MaxBytes:N0} digits."));
            }
        }
    }

    private readonly void Report(string message)
    {
        if (!IsFull)
        {
            errors.Add(new FieldError(Path(), message));
        }
    }

    /// <summary>The JSON Pointer of where the scan stands, cut where hostile depth would make it endless.</summary>
    private readonly string Path()
    {
        const int shown = 16;
        var path = string.Concat(levels.Take(shown).Select(level => level.IsArray
            ? string.Create(CultureInfo.InvariantCulture, $"/{Math.Max(0, level.Index - 1)}")
            : level.Name is { } name ? "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal) : ""));
        return CleanText.Of(levels.Count > shown ? path + "/…" : path, 512);
    }

    private struct Level
    {
        public bool IsArray;
        public int Container;
        public int Index;
        public string? Name;
        public int ValueStart;
    }
}
