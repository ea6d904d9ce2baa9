using System.Globalization;
using System.Text.Json;
using CaseWorker.Contracts;

namespace CaseWorker.Cases;

/// <summary>Rebuilds a case from its log alone. Pure.</summary>
internal static class CaseFold
{
    /// <summary>Computes the JSON of a case after an event that changed it.</summary>
    /// <param name="before">The JSON before it; null before the first event.</param>
    /// <param name="action">The action of the event.</param>
    /// <param name="body">The body of the event.</param>
    /// <param name="blob">The JSON as the event says it; null if the body says it.</param>
    /// <returns>Null if the event does not say what it changed the JSON to.</returns>
    public static CaseBlob? Next(CaseBlob? before, string action, JsonElement body, string? blob) => (blob, action) switch
    {
        ({ } whole, _) => CaseBlob.Of(whole),
        (_, CaseActions.CaseCreate or CaseActions.CaseReplace) => CaseBlob.Of(body),
        (_, CaseActions.CaseMerge) when before is not null => MergePatch.Apply(before, body),
        _ => null,
    };

    /// <summary>Rebuilds a case by the same rules that made it, which also checks that each event follows from those before it.</summary>
    /// <param name="reference">The case.</param>
    /// <param name="events">Its whole log, by nonce.</param>
    /// <param name="actions">The actions whose bodies say what they did; events of all others say it themselves.</param>
    /// <returns>The case as the log says it stands; null for an empty log.</returns>
    /// <exception cref="InvalidOperationException">The log is no history: a number is missing, or an event does not apply.</exception>
    public static CaseState? Rebuild(long reference, IEnumerable<LoggedEvent> events, CaseActionSet actions)
    {
        CaseState? state = null;
        foreach (var logged in events)
        {
            if (actions.FindFolding(logged.Action) is not { } action)
            {
                state = state is not null && logged.Nonce == state.Nonce + 1 ? Follow(state, logged) : throw NotAHistory(reference, logged);
                continue;
            }

            var command = new Command
            {
                Id = logged.CommandId,
                CaseReference = reference,
                ActionName = logged.Action,
                Action = action,
                Body = logged.Body,
                Actor = logged.Actor,
                Digest = [],
            };
            state = Decider.Decide(state, command, recordedDigest: null) is Decision.Accepted accepted && accepted.After.Nonce == logged.Nonce
                ? accepted.After
                : throw NotAHistory(reference, logged);
        }

        return state;
    }

    /// <summary>What a registered action did is in the log: its code is not asked again, and need not even be there any more.</summary>
    private static CaseState Follow(CaseState before, LoggedEvent logged) => before with
    {
        Blob = logged.Blob is { } blob ? CaseBlob.Of(blob) : before.Blob,
        Version = logged.Blob is null ? before.Version : before.Version + 1,
        Nonce = logged.Nonce,
    };

    private static InvalidOperationException NotAHistory(long reference, LoggedEvent logged) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Event {logged.Nonce} ({logged.Action}) of case {reference} does not follow from those before it."));
}

/// <summary>What of an event makes the case.</summary>
/// <param name="CommandId">The accepted command.</param>
/// <param name="Nonce">The event's number in its case.</param>
/// <param name="Action">The command's action.</param>
/// <param name="Body">The command's body.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="Blob">The case's JSON after it, where a registered action changed that.</param>
internal sealed record LoggedEvent(Guid CommandId, long Nonce, string Action, JsonElement Body, string? Actor, JsonElement? Blob = null);
