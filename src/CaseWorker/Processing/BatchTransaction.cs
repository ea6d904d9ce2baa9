using System.Buffers.Binary;
using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.DeadLetters;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace CaseWorker.Processing;

/// <summary>
/// One batch's transaction, READ COMMITTED. Its verbs are called in the order in which they stand here; leaving it without
/// <see cref="CommitAsync"/> undoes everything.
/// </summary>
internal sealed class BatchTransaction : IAsyncDisposable
{
    private readonly CaseWorkerDbContext db;
    private readonly IDbContextTransaction transaction;
    private readonly NpgsqlConnection connection;
    private Dictionary<long, CaseData> rows = [];
    private ActionBatch? actions;

    private BatchTransaction(CaseWorkerDbContext db, IDbContextTransaction transaction)
    {
        this.db = db;
        this.transaction = transaction;
        connection = (NpgsqlConnection)db.Database.GetDbConnection();
    }

    public static async Task<BatchTransaction> BeginAsync(IDbContextFactory<CaseWorkerDbContext> contexts)
    {
        var context = await contexts.CreateDbContextAsync();
        try
        {
            // A batch is done whole or not at all: savepoints would only cost round trips.
            context.Database.AutoSavepointsEnabled = false;
            return new BatchTransaction(context, await context.Database.BeginTransactionAsync());
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    /// <summary>Locks the slots, the cases and the command ids, then checks the leases and looks the ids up, then loads the cases.</summary>
    /// <param name="worker">Who holds the slots.</param>
    /// <param name="leases">Of the slots that the commands came from.</param>
    /// <param name="commands">In their order.</param>
    /// <param name="failed">Commands that are not tried again: their action is not asked to load anything.</param>
    /// <exception cref="LeaseLostException">Another worker holds a slot by now. Until the end of this transaction none can.</exception>
    public async Task<BatchState> OpenAsync(WorkerName worker, IReadOnlyCollection<SlotLease> leases, IReadOnlyCollection<Command> commands, IReadOnlyCollection<Command>? failed = null)
    {
        var slots = leases.Select(lease => lease.Slot).ToArray();
        var ids = commands.Select(command => command.Id).Distinct().ToArray();
        var references = commands.Select(command => command.CaseReference).Distinct().ToArray();
        await using var batch = NewBatch();
        batch.Add(LeaseSql.ShareSlots, slots)
            .Add(BatchSql.Lock, LockKeys(ids, references))
            .Add(LeaseSql.FindLost, worker.Value, slots, leases.Select(lease => lease.Epoch).ToArray())
            .Add(BatchSql.Now)
            .Add(BatchSql.FindEvents, ids)
            .Add(BatchSql.FindRefusals, ids)
            .Add(BatchSql.FindLetters, ids)
            .Add(BatchSql.FindLines, references);

        var recorded = new List<RecordedCommand>();
        var deadLetters = new List<ParkedDeadLetter>();
        var lines = new List<ParkedQueue>();
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        await reader.NextResultAsync();
        var lost = new List<int>();
        while (await reader.ReadAsync())
        {
            lost.Add(reader.GetInt32(0));
        }

        if (lost.Count > 0)
        {
            throw new LeaseLostException(lost);
        }

        await reader.NextResultAsync();
        await reader.ReadAsync();
        var recordedAt = await reader.GetFieldValueAsync<DateTimeOffset>(0);
        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            recorded.Add(RecordedRows.Event(reader));
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            recorded.Add(RecordedRows.Refusal(reader));
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            deadLetters.Add(RecordedRows.Letter(reader));
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            lines.Add(RecordedRows.Line(reader));
        }

        await reader.DisposeAsync();
        rows = await db.Cases.Where(row => references.Contains(row.Reference)).ToDictionaryAsync(row => row.Reference);
        actions = await ActionBatch.OpenAsync(
            commands.Where(command => command.Action is RegisteredAction && failed?.Contains(command) != true && !recorded.Exists(record => record.CommandId == command.Id)),
            connection,
            (NpgsqlTransaction)transaction.GetDbTransaction(),
            recordedAt);
        var cases = rows.Values.Select(row => new CaseState(row.Reference, CaseBlob.Of(row.JsonBlob), row.Version, row.Nonce));
        return new BatchState(cases, recorded, recordedAt, lines, deadLetters) { Apply = actions is null ? null : actions.Apply };
    }

    /// <summary>Writes what the ledger decided, gives every verdict its outcome, and takes the global nonces last.</summary>
    /// <param name="ledger">What was decided.</param>
    /// <param name="deadLetters">What becomes a dead letter, in order.</param>
    /// <param name="options">The limits of what may wait for an operator.</param>
    /// <exception cref="DbUpdateConcurrencyException">Somebody who does not take the case lock changed a case meanwhile.</exception>
    /// <exception cref="ParkingFullException">Too much waits for an operator.</exception>
    public async Task WriteAsync(BatchState ledger, IReadOnlyCollection<DeadLetter> deadLetters, CaseWorkerOptions? options = null)
    {
        await ParkAsync(ledger, deadLetters, options ?? new CaseWorkerOptions());
        await ComposeRefusalsAsync(ledger);
        await SaveCasesAsync(ledger);
        if (actions is not null)
        {
            await actions.SaveAsync();
        }

        await using var batch = NewBatch();
        AddNotes(batch, ledger);
        AddRefusals(batch, ledger);
        var accepted = ledger.Accepted.ToList();
        if (accepted.Count > 0)
        {
            AddEvents(batch, accepted, ledger.RecordedAt);
        }

        if (batch.BatchCommands.Count == 0)
        {
            return;
        }

        // Only AppendEvents gives a row back.
        var before = await batch.ExecuteScalarAsync() as long?;
        for (var i = 0; i < accepted.Count; i++)
        {
            var (verdict, decision) = accepted[i];
            var head = before ?? throw new InvalidOperationException("The table global_head has no row: the schema is damaged. Run `caseworker db assert`.");
            verdict.Outcome = OutcomeComposer.Accepted(verdict.Command, decision, head + i + 1, ledger.RecordedAt);
        }
    }

    /// <summary>Takes dead letters out of their case's line, which opens the case or gives it another head. Before <see cref="WriteAsync"/>.</summary>
    /// <returns>False when the line has changed since it was read: nothing must be written then.</returns>
    /// <param name="job">Its progress is counted.</param>
    /// <param name="reference">The case.</param>
    /// <param name="deadLetters">The first of its line.</param>
    /// <param name="successors">The commands that are applied in their place, one for each; null where it is the dead letter's own.</param>
    public async Task<bool> LetGoAsync(Guid job, long reference, IReadOnlyCollection<long> deadLetters, IReadOnlyCollection<Guid?> successors)
    {
        await using var batch = NewBatch();
        batch.Add(DeadLetterSql.FindFirst, reference, deadLetters.Count)
            .Add(DeadLetterSql.Apply, deadLetters.ToArray(), successors.ToArray())
            .Add(DeadLetterSql.MoveHeads, (long[])[reference])
            .Add(DeadLetterSql.Progress, job, (long)deadLetters.Count);
        await using var reader = await batch.ExecuteReaderAsync();
        var first = new List<long>();
        while (await reader.ReadAsync())
        {
            first.Add(reader.GetInt64(0));
        }

        return first.SequenceEqual(deadLetters);
    }

    public Task CommitAsync() => transaction.CommitAsync();

    public async ValueTask DisposeAsync()
    {
        if (actions is not null)
        {
            await actions.DisposeAsync();
        }

        await transaction.DisposeAsync();
        await db.DisposeAsync();
    }

    /// <summary>Case references are positive, so that ids, made negative, come first and never meet them.</summary>
    private static long[] LockKeys(Guid[] ids, long[] references)
    {
        Span<byte> bytes = stackalloc byte[16];
        var keys = new List<long>(ids.Length + references.Length);
        keys.AddRange(references);
        foreach (var id in ids)
        {
            id.TryWriteBytes(bytes);
            keys.Add((BinaryPrimitives.ReadInt64LittleEndian(bytes) ^ BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])) | long.MinValue);
        }

        keys.Sort();
        return [.. keys];
    }

    /// <summary>Writes the dead letters and gives every parked command its notice.</summary>
    private async Task ParkAsync(BatchState ledger, IReadOnlyCollection<DeadLetter> deadLetters, CaseWorkerOptions options)
    {
        var written = new Dictionary<Guid, (long Id, DateTimeOffset At)>();
        if (deadLetters.Count > 0)
        {
            await using var batch = NewBatch();
            batch.AddDeadLetters(deadLetters).Add(BatchSql.CountOpenLetters);
            await using var reader = await batch.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                written[reader.GetGuid(1)] = (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(2));
            }

            await reader.NextResultAsync();
            await reader.ReadAsync();
            ParkingLimits.Check(ledger, openLetters: reader.GetInt64(0), options);
        }

        foreach (var (verdict, place) in ledger.Parked)
        {
            var (id, at) = place.Letter is { } deadLetter ? (deadLetter.Id, deadLetter.ParkedAt) : written[verdict.Command.Id];
            verdict.Outcome = OutcomeComposer.Parked(verdict.Command, place, id, at);
        }
    }

    private async Task ComposeRefusalsAsync(BatchState ledger)
    {
        var lastEvents = await FindLastEventsAsync(ledger);
        foreach (var verdict in ledger.Decided)
        {
            switch (verdict.Decision)
            {
                case Decision.Conflicted conflict:
                    var lastEvent = conflict.LastEvent ?? lastEvents.GetValueOrDefault((verdict.Command.CaseReference, conflict.CurrentNonce));
                    verdict.Outcome = OutcomeComposer.Conflicted(verdict.Command, conflict, lastEvent, ledger.RecordedAt);
                    break;
                case Decision.Rejected rejection:
                    verdict.Outcome = OutcomeComposer.Rejected(verdict.Command, rejection, ledger.RecordedAt);
                    break;
            }
        }
    }

    /// <summary>A conflict names the event that its producer has not seen; where this batch did not write it, it is read now.</summary>
    private async Task<Dictionary<(long Reference, long Nonce), LastEvent>> FindLastEventsAsync(BatchState ledger)
    {
        var wanted = ledger.Decided
            .Where(verdict => verdict.Decision is Decision.Conflicted { LastEvent: null, CurrentNonce: > 0 })
            .Select(verdict => (verdict.Command.CaseReference, ((Decision.Conflicted)verdict.Decision).CurrentNonce))
            .Distinct()
            .ToList();
        var found = new Dictionary<(long, long), LastEvent>();
        if (wanted.Count == 0)
        {
            return found;
        }

        await using var batch = NewBatch();
        batch.Add(BatchSql.FindLastEvents, wanted.Select(key => key.CaseReference).ToArray(), wanted.Select(key => key.CurrentNonce).ToArray());
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            found[(reader.GetInt64(0), reader.GetInt64(1))] = RecordedRows.LastEvent(reader);
        }

        return found;
    }

    private async Task SaveCasesAsync(BatchState ledger)
    {
        foreach (var reference in ledger.Accepted.Select(accepted => accepted.DecidedCommand.Command.CaseReference).Distinct())
        {
            var state = ledger.Find(reference)!;
            if (!rows.TryGetValue(reference, out var row))
            {
                db.Add(new CaseData
                {
                    Reference = reference,
                    JsonBlob = state.Blob.Text,
                    Version = state.Version,
                    Nonce = state.Nonce,
                    CreatedAt = ledger.RecordedAt,
                    UpdatedAt = ledger.RecordedAt,
                });
                continue;
            }

            if (row.Version != state.Version)
            {
                row.JsonBlob = state.Blob.Text;
            }

            row.Version = state.Version;
            row.Nonce = state.Nonce;
            row.UpdatedAt = ledger.RecordedAt;
        }

        await db.SaveChangesAsync();
    }

    private static void AddNotes(NpgsqlBatch batch, BatchState ledger)
    {
        var notes = ledger.Accepted.Select(accepted => accepted.Decision.Row).OfType<NewNote>().ToList();
        if (notes.Count > 0)
        {
            batch.Add(
                BatchSql.InsertNotes,
                notes.Select(note => note.CaseReference).ToArray(),
                notes.Select(note => note.Nonce).ToArray(),
                notes.Select(note => note.Body).ToArray(),
                notes.Select(note => note.Author).ToArray(),
                ledger.RecordedAt);
        }
    }

    private static void AddRefusals(NpgsqlBatch batch, BatchState ledger)
    {
        var refusals = ledger.Refusals.ToList();
        if (refusals.Count > 0)
        {
            batch.Add(
                BatchSql.InsertRefusals,
                refusals.Select(refusal => refusal.Command.Id).ToArray(),
                refusals.Select(refusal => refusal.Command.CaseReference).ToArray(),
                refusals.Select(refusal => refusal.Command.ActionName).ToArray(),
                refusals.Select(refusal => refusal.Command.Digest).ToArray(),
                refusals.Select(refusal => refusal.Outcome.Outcome).ToArray(),
                refusals.Select(refusal => refusal.Outcome.Status).ToArray(),
                refusals.Select(refusal => refusal.Outcome is CaseConflicted conflict ? conflict.Reason : ((CaseRejected)refusal.Outcome).Reason).ToArray(),
                refusals.Select(refusal => System.Text.Encoding.UTF8.GetString(OutcomeJson.Write(refusal.Outcome))).ToArray(),
                ledger.RecordedAt);
        }
    }

    private static void AddEvents(NpgsqlBatch batch, List<(DecidedCommand DecidedCommand, Decision.Accepted Decision)> accepted, DateTimeOffset recordedAt) => batch.Add(
        BatchSql.AppendEvents,
        accepted.Select(entry => entry.DecidedCommand.Command.Id).ToArray(),
        accepted.Select(entry => entry.DecidedCommand.Command.CaseReference).ToArray(),
        accepted.Select(entry => entry.Decision.After.Nonce).ToArray(),
        accepted.Select(entry => entry.DecidedCommand.Command.ActionName!).ToArray(),
        accepted.Select(entry => entry.DecidedCommand.Command.Digest).ToArray(),
        accepted.Select(entry => entry.Decision.After.Version).ToArray(),
        accepted.Select(entry => entry.Decision.Changed).ToArray(),
        accepted.Select(entry => entry.DecidedCommand.Command.Body.GetRawText()).ToArray(),
        accepted.Select(entry => entry.DecidedCommand.Command.Actor).ToArray(),
        accepted.Select(entry => entry.DecidedCommand.Command.CorrelationId).ToArray(),
        accepted.Select(entry => entry.Decision.Changed && entry.DecidedCommand.Command.Action!.LogsBlob ? entry.Decision.After.Blob.Text : null).ToArray(),
        recordedAt);

    private NpgsqlBatch NewBatch() => new(connection, (NpgsqlTransaction)transaction.GetDbTransaction());
}
