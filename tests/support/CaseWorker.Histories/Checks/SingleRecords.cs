namespace CaseWorker.Histories.Checks;

/// <summary>I1, as far as the tables alone tell: no command id has two records, and every note stands for one event.</summary>
internal static class SingleRecords
{
    public static IEnumerable<Violation> Check(Tables tables)
    {
        var records = tables.Events.Select(e => e.CommandId).Concat(tables.Refusals.Select(refusal => refusal.CommandId));
        foreach (var doubled in records.CountBy(id => id).Where(entry => entry.Value > 1))
        {
            yield return new Violation("I1", $"command {doubled.Key} has {doubled.Value} records");
        }

        var noted = tables.Notes.CountBy(note => (note.CaseReference, note.Nonce, note.Body, note.Author)).ToDictionary();
        foreach (var e in tables.Events.Where(e => e.Action is "note.add"))
        {
            var key = (e.CaseReference, e.Nonce, (string)e.Body["body"]!, e.Actor);
            if (noted.Remove(key, out var count) is false || count != 1)
            {
                yield return new Violation("I1", $"case {e.CaseReference}: event {e.Nonce} has {count} notes instead of 1");
            }
        }

        foreach (var (caseReference, nonce, _, _) in noted.Keys)
        {
            yield return new Violation("I1", $"case {caseReference}: the note with nonce {nonce} has no event");
        }
    }
}
