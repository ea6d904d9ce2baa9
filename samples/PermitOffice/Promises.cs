using CaseWorker.Cases;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;

namespace PermitOffice;

/// <summary>Asks the database whether what is promised holds for what just happened.</summary>
internal sealed class Promises(CaseWorkerDbContext context, long first, long last, DemoTally tally, CaseActionSet actions)
{
    public async Task<IReadOnlyList<Promise>> CheckAsync(bool allScenesEnded)
    {
        var numbers = tally.Look();
        return
        [
            new Promise("Every command got exactly one outcome", allScenesEnded && tally.WithoutOneOutcome == 0, $"{tally.WithoutOneOutcome} did not"),
            new Promise("and that one is on record, once", await RecordsAsync() is var records && records == tally.CommandIds.Count, $"{records} records of {tally.CommandIds.Count} commands"),
            await NoneAsync("Events of each case are numbered 1, 2, 3 … without a gap", "cases with a gap", $"""
                SELECT count(*)::int AS "Value" FROM case_data c WHERE reference BETWEEN {first} AND {last} AND NOT EXISTS (
                  SELECT FROM case_events e WHERE e.case_reference = c.reference
                  HAVING min(e.nonce) = 1 AND max(e.nonce) = count(*) AND max(e.nonce) = c.nonce)
                """),
            await NoneAsync("so are all events of the whole store", "numbers missing or doubled", $"""
                SELECT (abs(head.nonce - count(*)) + abs(coalesce(max(global_nonce), 0) - count(*)))::int AS "Value"
                FROM global_head head LEFT JOIN case_events ON true GROUP BY head.nonce
                """),
            await NoneAsync("A version is counted for each real change, and for nothing else", "cases with another version", $"""
                SELECT count(*)::int AS "Value" FROM case_data c WHERE reference BETWEEN {first} AND {last}
                AND version <> (SELECT count(*) FROM case_events e WHERE e.case_reference = c.reference AND e.changed)
                """),
            await NoneAsync("No note is lost, none is there twice", "too many or too few", $"""
                SELECT abs(count(*) - {numbers.Notes})::int AS "Value" FROM case_notes WHERE case_reference BETWEEN {first} AND {last}
                """),
            await FoldAsync(),
            new Promise("Every broken message is kept, byte for byte", await KeptAsync() == tally.Broken.Count, $"{await KeptAsync()} of {tally.Broken.Count}"),
        ];
    }

    public Task<int> KeptAsync()
    {
        byte[][] bodies;
        lock (tally.Broken)
        {
            bodies = [.. tally.Broken];
        }

        return context.Database.SqlQuery<int>($"""SELECT count(DISTINCT body)::int AS "Value" FROM dead_letters WHERE body = ANY({bodies})""").SingleAsync();
    }

    private Task<int> RecordsAsync()
    {
        var ids = tally.CommandIds.ToArray();
        return context.Database.SqlQuery<int>($"""
            SELECT ((SELECT count(*) FROM case_events WHERE command_id = ANY({ids}))
                  + (SELECT count(*) FROM command_refusals WHERE command_id = ANY({ids})))::int AS "Value"
            """).SingleAsync();
    }

    private async Task<Promise> NoneAsync(string text, string otherwise, FormattableString count)
    {
        var found = await context.Database.SqlQuery<int>(count).SingleAsync();
        return new Promise(text, found == 0, $"{found} {otherwise}");
    }

    /// <summary>Rebuilds every case from its log and compares it with the case that is stored.</summary>
    private async Task<Promise> FoldAsync()
    {
        var cases = await context.Cases.AsNoTracking().Where(row => row.Reference >= first && row.Reference <= last).ToListAsync();
        var logs = (await context.Events.AsNoTracking().Where(row => row.CaseReference >= first && row.CaseReference <= last).ToListAsync())
            .ToLookup(row => row.CaseReference);
        var different = cases.Count(stored => !IsTheSame(stored, logs[stored.Reference]));
        return new Promise($"The log alone rebuilds each of the {cases.Count} permits", different == 0 && cases.Count > 0, $"{different} come out different");
    }

    private bool IsTheSame(CaseData stored, IEnumerable<CaseEvent> log)
    {
        var events = log.OrderBy(row => row.Nonce)
            .Select(row => new LoggedEvent(row.CommandId, row.Nonce, row.Action, CaseBlob.Of(row.Body).Value, row.Actor, row.Blob is null ? null : CaseBlob.Of(row.Blob).Value));
        return CaseFold.Rebuild(stored.Reference, events, actions) is { } rebuilt
            && rebuilt.Version == stored.Version
            && rebuilt.Nonce == stored.Nonce
            && rebuilt.Blob.HasSameValueAs(CaseBlob.Of(stored.JsonBlob));
    }
}

/// <summary>A promise and whether it was kept.</summary>
/// <param name="Text">The promise.</param>
/// <param name="IsKept">Whether it was.</param>
/// <param name="Otherwise">What was found where it was not.</param>
internal sealed record Promise(string Text, bool IsKept, string Otherwise);
