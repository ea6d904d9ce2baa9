namespace CaseWorker.Histories.Checks;

/// <summary>I1: every confirmed command has exactly one terminal state, the one that the order of its queue gives.</summary>
internal static class TerminalStates
{
    public static IEnumerable<Violation> Check(History history)
    {
        var states = States(history.Tables);
        var commands = history.Publications.Where(entry => entry.Expected is not null).GroupBy(entry => entry.CommandId).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var (id, published) in commands)
        {
            var found = states.GetValueOrDefault(id) ?? [];
            var expected = published[0].Expected!.ToString();
            if (found.Count == 0 && !published.Exists(entry => entry.IsConfirmed))
            {
                continue;
            }

            if (found.Count != 1 || found[0] != expected)
            {
                yield return Broken($"command {id} of case {published[0].CaseReference}: {(found.Count == 0 ? "no terminal state" : string.Join(" and ", found))} instead of {expected}");
            }
        }

        foreach (var id in states.Keys.Where(id => !commands.ContainsKey(id)))
        {
            yield return Broken($"command {id}: {string.Join(" and ", states[id])}, but nobody published it");
        }

        foreach (var deadLetter in history.Tables.DeadLetters.Where(deadLetter => deadLetter.CommandId is null))
        {
            yield return Broken($"a dead letter of no command: {deadLetter.Detail}");
        }

        foreach (var broken in Reuses(history))
        {
            yield return broken;
        }
    }

    /// <summary>Another command under a used id ends with its refusal, which is delivered and never recorded.</summary>
    private static IEnumerable<Violation> Reuses(History history) =>
        from subscriber in history.Subscribers
        let answered = subscriber.Deliveries.Where(entry => entry.IsReuse).Select(entry => entry.CommandId).ToHashSet()
        from reuse in history.Publications.Where(entry => entry.Expected is null && entry.IsConfirmed)
        where !answered.Contains(reuse.CommandId)
        select Broken($"command {reuse.CommandId} was used again for case {reuse.CaseReference}, and subscriber {subscriber.Name} never heard that it was refused");

    private static Dictionary<Guid, List<string>> States(Tables tables)
    {
        var states = new Dictionary<Guid, List<string>>();
        void Add(Guid id, string state) => (states.TryGetValue(id, out var known) ? known : states[id] = []).Add(state);

        foreach (var e in tables.Events)
        {
            Add(e.CommandId, Expected.Accepted(e.Nonce, e.Version, e.Changed).ToString());
        }

        foreach (var (id, published) in tables.Refusals)
        {
            Add(id, new Expected(published["outcome"]!.ToString(), (long?)published["currentVersion"] ?? 0, (long?)published["currentNonce"] ?? 0, false).ToString());
        }

        foreach (var deadLetter in tables.DeadLetters.Where(deadLetter => deadLetter.CommandId is not null))
        {
            Add(deadLetter.CommandId!.Value, $"dead letter ({deadLetter.Detail})");
        }

        return states;
    }

    private static Violation Broken(string sentence) => new("I1", sentence);
}
