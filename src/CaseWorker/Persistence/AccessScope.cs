namespace CaseWorker.Persistence;

/// <summary>What a key's holder may do; each may do all that the ones before it may. Also the names of the authorization policies.</summary>
internal static class AccessScope
{
    /// <summary>Reads cases, events, dead letters, jobs and the audit.</summary>
    public const string Viewer = "viewer";

    /// <summary>Replays, rebases, discards and restores dead letters, and cancels jobs.</summary>
    public const string Operator = "operator";

    /// <summary>Sends commands, and edits dead letters.</summary>
    public const string Editor = "editor";

    public static IReadOnlyList<string> All { get; } = [Viewer, Operator, Editor];

    /// <summary>The scope and those that it includes.</summary>
    public static IEnumerable<string> Includes(string scope) => All.TakeWhile(one => !string.Equals(one, scope, StringComparison.Ordinal)).Append(scope);
}
