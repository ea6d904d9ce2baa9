using System.Text.Json.Nodes;

namespace CaseWorker.Actions;

/// <summary>What an action makes of a command.</summary>
public abstract class CaseAnswer
{
    private protected CaseAnswer()
    {
    }

    /// <summary>The command is accepted: an event, and nothing else.</summary>
    public static CaseAnswer Accept() => new Accepted(blob: null, effect: null);

    /// <summary>The command is accepted, with rows.</summary>
    /// <param name="effect">Adds and changes rows. Runs at once when nothing stands against the command; never for one that is refused.</param>
    public static CaseAnswer Accept(Action effect) => new Accepted(blob: null, effect);

    /// <summary>The command is accepted and the case's JSON becomes this; only for an action that <see cref="CaseAction.TouchesBlob"/>.</summary>
    /// <param name="blob">The whole JSON. Where it has the same value as before the event says that nothing changed. At most 1 MiB, else 422 <c>blob-too-large</c>.</param>
    /// <param name="effect">Adds and changes rows. Runs at once when nothing stands against the command; never for one that is refused.</param>
    public static CaseAnswer Accept(JsonObject blob, Action? effect = null)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return new Accepted(blob, effect);
    }

    /// <summary>A business rule says no: the command is rejected with status 422 and leaves no trace but its outcome.</summary>
    /// <param name="reason">A word for programs, 1 to 256 characters, such as <c>duplicate-evidence</c>.</param>
    /// <param name="message">A sentence for people: what is wrong and what would be right.</param>
    /// <param name="path">Where, as a JSON Pointer into the command.</param>
    public static CaseAnswer Refuse(string reason, string message, string path = "/body")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        ArgumentException.ThrowIfNullOrWhiteSpace(message);
        ArgumentNullException.ThrowIfNull(path);
        return new Refused(reason, message, path);
    }

    internal sealed class Accepted(JsonObject? blob, Action? effect) : CaseAnswer
    {
        public JsonObject? Blob { get; } = blob;

        public Action? Effect { get; } = effect;
    }

    internal sealed class Refused(string reason, string message, string path) : CaseAnswer
    {
        public string Reason { get; } = reason;

        public string Message { get; } = message;

        public string Path { get; } = path;
    }
}
