using System.Text;
using RabbitMQ.Client;

namespace CaseWorker.TestSupport.HostileInput;

/// <summary>
/// A message that nobody should send, and what must become of it. Aimed at a case with one event, so that a command that is taken
/// gets nonce 2.
/// </summary>
internal sealed record HostileMessage(string Name, Func<Target, byte[]> Body, Fate Fate)
{
    public string? ContentType { get; init; } = "application/json";

    /// <summary>What is odd about the message outside its body.</summary>
    public Action<BasicProperties>? Properties { get; init; }

    /// <summary>Added to the slot of its case: 1 is the queue of another slot.</summary>
    public int SlotsAside { get; init; }

    public static HostileMessage Text(string name, Func<Target, string> text, Fate fate) => new(name, target => Encoding.UTF8.GetBytes(text(target)), fate);

    /// <summary>A whole replacement of the blob, well formed but for its body.</summary>
    public static HostileMessage Blob(string name, string body, Fate fate) => Text(name, target => target.Command(body), fate);

    /// <summary>A command that is well formed but for one field, given as <c>"name":value</c>.</summary>
    public static HostileMessage Field(string name, string field, Fate fate) => Text(name, target => target.Command("""{"a":1}""", field), fate);
}

/// <summary>The case that a hostile message is aimed at, and the id it carries.</summary>
internal sealed record Target(Guid CommandId, long CaseReference)
{
    /// <summary>A replacement of the blob with the right nonce; <paramref name="field"/> replaces the field of its name.</summary>
    public string Command(string body, string? field = null, string action = "case.replace")
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["commandId"] = $"\"{CommandId}\"",
            ["caseReference"] = $"\"{CaseReference}\"",
            ["action"] = $"\"{action}\"",
            ["proposedNonce"] = "2",
            ["body"] = body,
        };
        if (field is not null)
        {
            var parts = field.Split(':', 2);
            fields[parts[0].Trim('"')] = parts[1];
        }

        return $"{{{string.Join(',', fields.Where(entry => entry.Value.Length > 0).Select(entry => $"\"{entry.Key}\":{entry.Value}"))}}}";
    }

    public string Note(string body, string? field = null) => Command(body, field, "note.add");
}

/// <summary>What must become of a hostile message.</summary>
internal abstract record Fate
{
    public static readonly Fate Accepted = new Taken();

    /// <param name="path">JSON Pointer of the error.</param>
    /// <param name="message">A part of what the error says.</param>
    public static Fate Rejected(string path, string message) => new Refused(path, message);

    public static Fate NotJson(string detail = "not strict JSON") => new Quarantined("not-json", detail);

    public static Fate NoId(string detail) => new Quarantined("no-command-id", detail);

    public static Fate NoCase(string detail) => new Quarantined("no-case-reference", detail);

    public sealed record Taken : Fate;

    public sealed record Refused(string Path, string Message) : Fate;

    public sealed record Quarantined(string Reason, string Detail) : Fate;
}
