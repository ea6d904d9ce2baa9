using System.Globalization;
using System.Text.Json;
using CaseWorker.Commands;

namespace CaseWorker.Deciding;

/// <summary>Rebuilds a case from its log alone, by the same rules that made it. Pure.</summary>
internal static class CaseFold
{
    /// <param name="reference">The case.</param>
    /// <param name="events">Its whole log, by nonce.</param>
    /// <param name="actions">The actions that occur in it.</param>
    /// <returns>The case as the log says it stands; null for an empty log.</returns>
    /// <exception cref="InvalidOperationException">The log is no history: a number is missing, or an event does not apply.</exception>
    public static CaseState? Rebuild(long reference, IEnumerable<LoggedEvent> events, CaseActionSet actions)
    {
        CaseState? state = null;
        foreach (var logged in events)
        {
            var command = new Command
            {
                Id = logged.CommandId,
                CaseReference = reference,
                ActionName = logged.Action,
                Action = actions[logged.Action],
                Body = logged.Body,
                Actor = logged.Actor,
                Digest = [],
            };
            state = Decider.Decide(state, command, recordedDigest: null) is Decision.Accepted accepted && accepted.After.Nonce == logged.Nonce
                ? accepted.After
                : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Event {logged.Nonce} ({logged.Action}) of case {reference} does not follow from those before it."));
        }

        return state;
    }
}

/// <summary>What of an event makes the case.</summary>
internal sealed record LoggedEvent(Guid CommandId, long Nonce, string Action, JsonElement Body, string? Actor);
