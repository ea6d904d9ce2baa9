using System.Text;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.Benchmarks.Ceilings;

/// <summary>Decides a whole plan in memory and cuts it into batches of 400 a batch worker, as CaseWorker's batch workers would find them in full queues.</summary>
internal static class ReadyBatches
{
    private const int BatchLimit = 400;

    public static async Task<List<List<ReadyBatch>>> MakeAsync(NpgsqlDataSource database, List<ReadyMessage> messages, int workers)
    {
        var reader = new CommandReader(new CaseActionSet(CaseActionSet.BuiltIn), CaseTopology.SlotCount);
        var states = await LoadAsync(database, messages.Select(message => message.CaseReference).Distinct().ToArray());
        return [.. messages
            .GroupBy(message => CaseTopology.SlotOf(message.CaseReference) % workers)
            .Select(worker => worker.Chunk(BatchLimit).Select(chunk => Make([.. chunk.Select(message => ((ParseResult.Parsed)reader.Read(message.Body)).Command)], states)).ToList())];
    }

    private static ReadyBatch Make(Command[] commands, Dictionary<long, CaseState> states)
    {
        var before = commands.Select(command => command.CaseReference).Distinct().Select(reference => states[reference]).ToArray();
        var batch = new BatchState(new StoredBatch { Cases = before, RecordedAt = DateTimeOffset.UtcNow }, BuiltInExecutor.Instance);
        foreach (var command in commands)
        {
            batch.Decide(command, failure: null);
        }

        var refusals = OutcomeComposer.Refusals(batch.Decided, new Dictionary<(long, long), LastEvent>(), batch.RecordedAt);
        var after = before.Select(state => batch.Find(state.Reference)!).ToArray();
        foreach (var state in after)
        {
            states[state.Reference] = state;
        }

        return new ReadyBatch(commands, before, after, [.. batch.Accepted], [.. refusals.Select(refusal => new RefusedCommand(refusal.Key.Command, refusal.Value))]);
    }

    private static async Task<Dictionary<long, CaseState>> LoadAsync(NpgsqlDataSource database, long[] references)
    {
        var states = new Dictionary<long, CaseState>();
        await using var command = database.CreateCommand("SELECT reference, json_blob::text, version, nonce FROM case_data WHERE reference = ANY ($1)");
        command.Parameters.Add(new NpgsqlParameter { Value = references });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            states[reader.GetInt64(0)] = new CaseState(reader.GetInt64(0), CaseBlob.Of(reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3));
        }

        return states;
    }
}

/// <summary>A batch's statements with their arguments; cases that the batch leaves as they were are few enough to be written all the same.</summary>
internal sealed class ReadyBatch
{
    private const string LoadCases = "SELECT reference, json_blob, version, nonce, created_at, updated_at FROM case_data WHERE reference = ANY ($1::bigint[])";

    private readonly Guid[] ids;
    private readonly long[] references;
    private readonly long[] keys;
    private readonly object[] cases;
    private readonly object[] notes;
    private readonly object[] refusals;
    private readonly object[] events;

    public ReadyBatch(Command[] commands, CaseState[] before, CaseState[] after, AcceptedCommand[] accepted, RefusedCommand[] refused)
    {
        ids = [.. commands.Select(command => command.Id)];
        references = [.. after.Select(state => state.Reference)];
        keys = [.. references.Concat(ids.Select(id => BitConverter.ToInt64(id.ToByteArray()) | long.MinValue)).Order()];
        cases =
        [
            references, Column(before, state => state.Version), before.Zip(after, (was, state) => state.Version == was.Version ? null : state.Blob.Text).ToArray(),
            Column(after, state => state.Version), Column(after, state => state.Nonce),
        ];
        var noted = accepted.Select(entry => entry.Decision.Row).OfType<NewNote>().ToArray();
        notes = [Column(noted, note => note.CaseReference), Column(noted, note => note.Nonce), Column(noted, note => note.Body), Column(noted, note => note.Author)];
        refusals =
        [
            Column(refused, refusal => refusal.Command.Id), Column(refused, refusal => refusal.Command.CaseReference), Column(refused, refusal => refusal.Command.ActionName), Column(refused, refusal => refusal.Command.Digest),
            Column(refused, refusal => refusal.Outcome.Value.Outcome), Column(refused, refusal => refusal.Outcome.Value.Status), Column(refused, refusal => ((CaseConflicted)refusal.Outcome.Value).Reason), Column(refused, refusal => Encoding.UTF8.GetString(refusal.Outcome.Json)),
        ];
        events =
        [
            Column(accepted, entry => entry.Command.Id), Column(accepted, entry => entry.Command.CaseReference), Column(accepted, entry => entry.Decision.After.Nonce), Column(accepted, entry => entry.Command.ActionName), Column(accepted, entry => entry.Command.Digest),
            Column(accepted, entry => entry.Decision.After.Version), Column(accepted, entry => entry.Decision.Changed), Column(accepted, entry => entry.Command.Body.GetRawText()), Column(accepted, entry => entry.Command.Actor), Column(accepted, entry => entry.Command.CorrelationId),
            new string?[accepted.Length],
        ];
    }

    /// <summary>Locks, time, look-ups and cases, in one round trip.</summary>
    public NpgsqlBatch Open() => new NpgsqlBatch().Add(CommandLocks.Sql, keys).Add("SELECT clock_timestamp()").Add(EventLog.FindSql, ids).Add(RefusalTable.FindSql, ids).Add(DeadLetterTable.FindParkedSql, ids).Add(DeadLetterTable.FindQueuesSql, references).Add(LoadCases, references);

    /// <summary>All writes, in one round trip.</summary>
    public NpgsqlBatch Write(DateTimeOffset recordedAt)
    {
        var batch = new NpgsqlBatch().Add(CaseTable.UpdateSql, [.. cases, Enumerable.Repeat(recordedAt, references.Length).ToArray()]);
        if (((Array)notes[0]).Length > 0)
        {
            batch.Add(NoteTable.InsertSql, [.. notes, recordedAt]);
        }

        if (((Array)refusals[0]).Length > 0)
        {
            batch.Add(RefusalTable.InsertSql, [.. refusals, recordedAt]);
        }

        return batch.Add(EventLog.AppendSql, [.. events, recordedAt]);
    }

    private static TColumn[] Column<TRow, TColumn>(TRow[] rows, Func<TRow, TColumn> value) => [.. rows.Select(value)];
}
