namespace CaseWorker.Histories.Checks;

/// <summary>I4: a case's effects come in the order in which its commands were queued.</summary>
internal static class QueueOrder
{
    public static IEnumerable<Violation> Check(History history)
    {
        var positions = new Dictionary<Guid, int>();
        for (var i = 0; i < history.Publications.Count; i++)
        {
            if (history.Publications[i].Expected is not null)
            {
                positions.TryAdd(history.Publications[i].CommandId, i);
            }
        }

        foreach (var log in history.Tables.Events.Where(e => positions.ContainsKey(e.CommandId)).GroupBy(e => e.CaseReference))
        {
            var last = (Nonce: 0L, Position: -1);
            foreach (var e in log.OrderBy(e => e.Nonce))
            {
                if (positions[e.CommandId] < last.Position)
                {
                    yield return new Violation("I4", $"case {log.Key}: command {e.CommandId} took effect as {e.Nonce}, after {last.Nonce}, whose command was queued later");
                }

                last = (e.Nonce, positions[e.CommandId]);
            }
        }
    }
}
