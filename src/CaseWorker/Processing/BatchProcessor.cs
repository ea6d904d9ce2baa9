using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CaseWorker.Processing;

/// <summary>The heart: one batch, one transaction. The steps stand here in their order, each below its caller.</summary>
internal sealed class BatchProcessor(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName, DecisionRun decisions, GlobalHead globalHead, IOptions<CaseWorkerOptions> options) : IBatchProcessor
{
    public async Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch, TimeSpan? actionTime)
    {
        await using var transaction = await BatchTransaction.BeginAsync(contexts);
        await using var opened = await OpenAsync(transaction, batch);
        var decided = await DecideAsync(transaction, opened, batch, actionTime);
        var part = batch.Take(decided.Count).ToList();
        var deadLetters = part.Select((delivery, i) => delivery.ToDeadLetter(decided[i]?.Decision)).ToList();
        var outcomes = await WriteAsync(transaction, opened, [.. deadLetters.OfType<DeadLetter>()]);
        await transaction.CommitAsync();
        globalHead.Advance(opened.State.Accepted.Count == 0 ? -1 : outcomes.Values.Max(outcome => (outcome.Value as CaseAccepted)?.GlobalNonce ?? -1));
        return [.. part.Select((delivery, i) => new ProcessedDelivery(delivery, decided[i], decided[i] is { } entry ? outcomes[entry] : null, deadLetters[i]))];
    }

    public async Task<IReadOnlyCollection<long>> FindLockedCasesAsync(IReadOnlyList<ParsedDelivery> batch)
    {
        await using var transaction = await BatchTransaction.BeginAsync(contexts);
        var pipeline = transaction.NewPipeline();
        var locked = CommandLocks.FindLocked(pipeline, [.. batch.Select(delivery => delivery.Command).OfType<Command>().Select(command => command.CaseReference).Distinct()]);
        await pipeline.SendAsync();
        return [.. locked.Rows];
    }

    /// <summary>Locks the slots, the cases and the command ids; verifies the leases; loads what the store holds.</summary>
    /// <param name="transaction">The batch's.</param>
    /// <param name="leases">The leases of the slots that the commands came from; none for a replay.</param>
    /// <param name="commands">All commands, in their order.</param>
    /// <param name="appliable">Those that may be applied: their actions load what they need.</param>
    /// <exception cref="LeaseLostException">Another worker owns a slot. Until the end of this transaction none can take one of the others.</exception>
    public async Task<OpenedBatch> OpenAsync(BatchTransaction transaction, IReadOnlyList<SlotLease> leases, IReadOnlyList<Command> commands, IReadOnlyList<Command> appliable)
    {
        var pipeline = transaction.NewPipeline();
        Lock(pipeline, leases, commands);
        var lost = Verify(pipeline, leases);
        var found = Find(pipeline, commands);
        await pipeline.SendAsync();
        if (lost.Rows.Count > 0)
        {
            throw new LeaseLostException([.. lost.Rows]);
        }

        return await LoadAsync(transaction, found, commands, appliable);
    }

    private static void Lock(StatementPipeline pipeline, IReadOnlyList<SlotLease> leases, IReadOnlyList<Command> commands)
    {
        CommandLocks.LimitWaiting(pipeline);
        SlotLocks.Share(pipeline, leases);
        CommandLocks.Take(pipeline, commands.Select(command => command.Id).Distinct(), commands.Select(command => command.CaseReference).Distinct());
    }

    private PendingRows<int> Verify(StatementPipeline pipeline, IReadOnlyList<SlotLease> leases) => SlotLocks.FindLost(pipeline, workerName, leases);

    /// <summary>Statements of their own, after the locks: in one with them they would not see what a lock waited for.</summary>
    private static FoundRows Find(StatementPipeline pipeline, IReadOnlyList<Command> commands)
    {
        var ids = commands.Select(command => command.Id).Distinct().ToArray();
        var references = commands.Select(command => command.CaseReference).Distinct().ToArray();
        return new FoundRows(
            DatabaseSession.ReadClock(pipeline),
            CaseTable.FindSizes(pipeline, references),
            EventLog.Find(pipeline, ids),
            RefusalTable.Find(pipeline, ids),
            DeadLetterTable.FindParked(pipeline, ids),
            DeadLetterTable.FindQueues(pipeline, references));
    }

    private static async Task<OpenedBatch> LoadAsync(BatchTransaction transaction, FoundRows found, IReadOnlyList<Command> commands, IReadOnlyList<Command> appliable)
    {
        var count = CountThatFit(commands, found.Sizes.Rows.ToDictionary(row => row.CaseReference, row => row.Size));
        if (count < commands.Count)
        {
            commands = [.. commands.Take(count)];
            appliable = [.. appliable.Intersect(commands, ReferenceEqualityComparer.Instance).Cast<Command>()];
        }

        var references = commands.Select(command => command.CaseReference).Distinct().ToArray();
        var rows = await transaction.Context.Cases.Where(row => references.Contains(row.Reference)).ToDictionaryAsync(row => row.Reference);
        RecordedCommand[] recorded = [.. found.Events.Rows, .. found.Refusals.Rows];
        var recordedIds = recorded.Select(record => record.CommandId).ToHashSet();
        var recordedAt = found.Now.Rows[0];
        var actions = await ActionBatch.OpenAsync(appliable.Where(command => !recordedIds.Contains(command.Id)), tables => tables.OpenAsync(transaction.Connection, transaction.Transaction), recordedAt);
        var state = new BatchState(
            new StoredBatch
            {
                RecordedAt = recordedAt,
                Cases = [.. rows.Values.Select(row => new CaseState(row.Reference, CaseBlob.Of(row.JsonBlob), row.Version, row.Nonce))],
                Recorded = recorded,
                DeadLetters = found.DeadLetters.Rows,
                ParkedQueues = found.Queues.Rows,
            },
            actions);
        return new OpenedBatch(state, rows, actions, count);
    }

    /// <summary>How many commands can be decided before their cases take too much memory; at least one.</summary>
    private static int CountThatFit(IReadOnlyList<Command> commands, IReadOnlyDictionary<long, int> sizes)
    {
        var (cases, bytes) = (new HashSet<long>(), 0L);
        for (var i = 0; i < commands.Count; i++)
        {
            bytes += cases.Add(commands[i].CaseReference) ? sizes.GetValueOrDefault(commands[i].CaseReference) : 0;
            if (bytes > DecisionRun.MaxBlobBytes && i > 0)
            {
                return i;
            }
        }

        return commands.Count;
    }

    private Task<OpenedBatch> OpenAsync(BatchTransaction transaction, IReadOnlyList<ParsedDelivery> batch) => OpenAsync(
        transaction,
        [.. batch.Select(delivery => delivery.Delivery.Channel.Lease).Distinct()],
        [.. batch.Select(delivery => delivery.Command).OfType<Command>()],
        [.. batch.Where(delivery => delivery.Failure is null).Select(delivery => delivery.Command).OfType<Command>()]);

    /// <summary>In queue order, in memory. An accepted action changes its rows before the next command is decided.</summary>
    private Task<IReadOnlyList<DecidedCommand?>> DecideAsync(BatchTransaction transaction, OpenedBatch opened, IReadOnlyList<ParsedDelivery> batch, TimeSpan? actionTime)
    {
        var count = 0;
        Command?[] commands = [.. batch.Select(delivery => delivery.Command).TakeWhile(command => command is null || count++ < opened.Count)];
        return decisions.DecideAsync(transaction, opened, commands, i => Run(opened.State.Decide(commands[i]!, batch[i].FailureReason)), actionTime);
    }

    /// <summary>Runs the effect of a command that was accepted: it changes the rows of its action.</summary>
    public static DecidedCommand Run(DecidedCommand decided)
    {
        (decided.Decision as Decision.Accepted)?.Effect?.Invoke();
        return decided;
    }

    /// <summary>Parks, saves and appends what was decided, and composes every outcome once.</summary>
    /// <param name="transaction">The batch's.</param>
    /// <param name="opened">With everything decided.</param>
    /// <param name="deadLetters">The dead letters to write, in order.</param>
    /// <returns>The outcome of each decided command.</returns>
    /// <exception cref="DbUpdateConcurrencyException">Another program changed a case without taking its lock.</exception>
    /// <exception cref="ParkingFullException">Too much waits for an operator.</exception>
    public async Task<IReadOnlyDictionary<DecidedCommand, ComposedOutcome>> WriteAsync(BatchTransaction transaction, OpenedBatch opened, IReadOnlyList<DeadLetter> deadLetters)
    {
        var state = opened.State;
        var parked = await ParkAsync(transaction, state, deadLetters);
        var refusals = OutcomeComposer.Refusals(state.Decided, await FindLastEventsAsync(transaction, state), state.RecordedAt);
        await SaveAsync(transaction, opened);
        var headBefore = await AppendAsync(transaction, state, refusals);
        return OutcomeComposer.All(state.Decided, refusals, parked, headBefore, state.RecordedAt);
    }

    private async Task<IReadOnlyDictionary<Guid, WrittenDeadLetter>> ParkAsync(BatchTransaction transaction, BatchState state, IReadOnlyList<DeadLetter> deadLetters)
    {
        if (deadLetters.Count == 0)
        {
            return new Dictionary<Guid, WrittenDeadLetter>();
        }

        var pipeline = transaction.NewPipeline();
        var written = DeadLetterTable.Insert(pipeline, deadLetters);
        var open = DeadLetterTable.CountOpen(pipeline);
        await pipeline.SendAsync();
        if (!deadLetters.All(deadLetter => deadLetter.Kind is DeadLetterKinds.Unrouted or DeadLetterKinds.Undeliverable))
        {
            // What belongs to no slot must not hold up the slot whose batch brings it.
            ParkingLimits.Check(state.Decided, open.Rows[0], options.Value);
        }

        return written.Rows.ToDictionary(row => row.CommandId);
    }

    /// <summary>A conflict names the event that its producer has not seen. If this batch did not write that event, it is read now.</summary>
    private static async Task<IReadOnlyDictionary<(long CaseReference, long Nonce), LastEvent>> FindLastEventsAsync(BatchTransaction transaction, BatchState state)
    {
        var keys = state.Decided
            .Where(entry => entry.Decision is Decision.Conflicted { LastEvent: null, CurrentNonce: > 0 })
            .Select(entry => (entry.Command.CaseReference, ((Decision.Conflicted)entry.Decision).CurrentNonce))
            .Distinct()
            .ToList();
        if (keys.Count == 0)
        {
            return new Dictionary<(long, long), LastEvent>();
        }

        var pipeline = transaction.NewPipeline();
        var found = EventLog.FindLastEvents(pipeline, keys);
        await pipeline.SendAsync();
        return found.Rows.ToDictionary(row => (row.CaseReference, row.Event.Nonce), row => row.Event);
    }

    /// <summary>The cases, each once however many commands changed it, then the actions' rows, which may refer to them.</summary>
    private static async Task SaveAsync(BatchTransaction transaction, OpenedBatch opened)
    {
        foreach (var reference in opened.State.Accepted.Select(entry => entry.Command.CaseReference).Distinct())
        {
            CaseTable.Track(transaction.Context, opened.Rows.GetValueOrDefault(reference), opened.State.Find(reference)!, opened.State.RecordedAt);
        }

        await transaction.Context.SaveChangesAsync();
        await opened.Actions.SaveAsync();
    }

    /// <summary>Notes and refusals, then the events under the next global nonces: the last statement before COMMIT.</summary>
    /// <returns>The global nonce before the batch's first event.</returns>
    private async Task<long> AppendAsync(BatchTransaction transaction, BatchState state, IReadOnlyDictionary<DecidedCommand, ComposedOutcome> refusals)
    {
        var accepted = state.Accepted;
        var pipeline = transaction.NewPipeline();
        CommandLocks.WaitForHead(pipeline);
        NoteTable.Insert(pipeline, [.. accepted.Select(entry => entry.Decision.Row).OfType<NewNote>()], state.RecordedAt);
        RefusalTable.Insert(
            pipeline,
            [.. state.Decided.Where(entry => entry.Decision is Decision.Conflicted or Decision.Rejected { IsRecorded: true }).Select(entry => new RefusedCommand(entry.Command, refusals[entry]))],
            state.RecordedAt);
        var head = accepted.Count > 0 ? EventLog.Append(pipeline, accepted, state.RecordedAt, globalHead.LastSeen - 1) : null;
        try
        {
            await pipeline.SendAsync();
        }
        catch (PostgresException error) when (GlobalHead.IsDamage(error))
        {
            throw GlobalHead.Explain(error);
        }

        return head is null ? 0 : globalHead.Before(head.Rows);
    }

    private sealed record FoundRows(
        PendingRows<DateTimeOffset> Now,
        PendingRows<(long CaseReference, int Size)> Sizes,
        PendingRows<RecordedCommand> Events,
        PendingRows<RecordedCommand> Refusals,
        PendingRows<ParkedDeadLetter> DeadLetters,
        PendingRows<ParkedQueue> Queues);
}
