using System.Globalization;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using CaseWorker.RabbitMq;
using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CaseWorker.DeadLetters;

/// <summary>Applies the dead letters of a case in the order of its parked queue, under the case's lock.</summary>
internal sealed class ParkedQueueReplay(IDbContextFactory<CaseWorkerDbContext> contexts, NpgsqlDataSource database, DeadLetterReader commands, BatchProcessor processor, DecisionRun decisions)
{
    /// <summary>
    /// One transaction: applies the first dead letters of the parked queue, and unparks the case with the last. Those of the job, then those which only
    /// waited behind them; it stops before one that failed by itself and is not of the job.
    /// </summary>
    /// <param name="order">What the operator asked for; its progress is counted in the same transaction.</param>
    /// <param name="reference">The case.</param>
    /// <param name="first">The first dead letter of the case that the job is about. What is before it is not touched, even if an operator restored it meanwhile.</param>
    /// <param name="limit">Dead letters in the transaction.</param>
    /// <returns>What was applied; empty when there is nothing more to do.</returns>
    public async Task<IReadOnlyList<AppliedDeadLetter>> StepAsync(JobOrder order, long reference, long first, int limit)
    {
        while (true)
        {
            var deadLetters = await ReadAsync(order.DeadLetters, reference, first, limit);
            if (deadLetters.Count == 0)
            {
                return [];
            }

            await using var transaction = await BatchTransaction.BeginAsync(contexts);
            var prepared = deadLetters.ConvertAll(deadLetter => Prepare(deadLetter, order));
            await using var opened = await processor.OpenAsync(transaction, [], prepared, prepared);
            var decided = await DecideAsync(transaction, opened, deadLetters, prepared, order);
            deadLetters = deadLetters[..decided.Count];
            if (!await RemoveFromQueueAsync(transaction, order, reference, deadLetters, prepared))
            {
                // An operator changed the queue meanwhile: read it again.
                continue;
            }

            var outcomes = await processor.WriteAsync(transaction, opened, []);
            await transaction.CommitAsync();
            return [.. deadLetters.Zip(decided, (deadLetter, entry) => new AppliedDeadLetter(deadLetter.Id, deadLetter.MessageOf(outcomes[entry])))];
        }
    }

    /// <summary>
    /// What a replay of a case would do now: everything is done as in earnest, in a transaction that is rolled back. Nothing is
    /// published and no number is used up.
    /// </summary>
    /// <param name="reference">The case.</param>
    /// <param name="limit">Dead letters at most, from the head.</param>
    /// <param name="rebase">Whether all get proposals of now.</param>
    public async Task<IReadOnlyList<PreviewedDeadLetter>> PreviewAsync(long reference, int limit, bool rebase = false)
    {
        var deadLetters = await ReadAsync(reference, limit);
        var order = new JobOrder(Guid.CreateVersion7(), rebase ? JobKinds.Rebase : JobKinds.Replay, deadLetters.Select(deadLetter => deadLetter.Id).ToHashSet(), JobOrder.NoChanges);
        var (outcomes, error) = await TryAsync(deadLetters, order);
        if (error is null)
        {
            return [.. deadLetters.Zip(outcomes, (deadLetter, outcome) => new PreviewedDeadLetter(deadLetter.Id, deadLetter.Command, outcome, Failure: null))];
        }

        // The longest beginning of the parked queue that goes through; the one after it is the one that fails again.
        var (good, bad) = (0, deadLetters.Count);
        while (bad - good > 1)
        {
            var middle = (good + bad) / 2;
            var (_, failure) = await TryAsync(deadLetters[..middle], order);
            (good, bad, error) = failure is null ? (middle, bad, error) : (good, middle, failure);
        }

        (outcomes, _) = await TryAsync(deadLetters[..good], order);
        return
        [
            .. deadLetters.Zip(outcomes, (deadLetter, outcome) => new PreviewedDeadLetter(deadLetter.Id, deadLetter.Command, outcome, Failure: null)),
            new PreviewedDeadLetter(deadLetters[good].Id, deadLetters[good].Command, Outcome: null, error.GetBaseException().Message),
            .. deadLetters.Skip(good + 1).Select(deadLetter => new PreviewedDeadLetter(deadLetter.Id, deadLetter.Command, Outcome: null, Failure: null)),
        ];
    }

    /// <summary>The first of the parked queue could not be applied again: it, and those behind it, stay as they are.</summary>
    public async Task FailAsync(Guid job, long reference, Exception error)
    {
        var cause = error.GetBaseException();
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(CommandLocks.Sql, [(long[])[reference]]);
        if (await connection.ListAsync(DeadLetterSql.ReadFirst, [reference, 1], ReadDeadLetter) is not [var deadLetter])
        {
            return;
        }

        var detail = CleanText.Of($"Command {deadLetter.Command.Id} ({deadLetter.Command.ActionName}) of case {reference} failed again when it was replayed: {cause.Message}");
        await using var write = new NpgsqlBatch(connection, transaction);
        write.Add(DeadLetterSql.FailAgain, deadLetter.Id, CleanText.Of(cause.GetType().Name, 200), detail)
            .Add(DeadLetterSql.MoveHeads, (long[])[reference])
            .Add(JobTable.CountFailureSql, job, detail);
        await write.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    /// <summary>What was applied by a worker that ended before it had published.</summary>
    public async Task<IReadOnlyList<AppliedDeadLetter>> FindUnpublishedAsync()
    {
        await using var connection = await database.OpenConnectionAsync();
        var deadLetters = (await connection.ListAsync(DeadLetterSql.FindUnpublished, [], ReadDeadLetter)).ToDictionary(deadLetter => deadLetter.Successor ?? deadLetter.Command.Id);
        var ids = deadLetters.Keys.ToArray();
        var events = await EventLog.FindAsync(connection, ids);
        var refusals = await RefusalTable.FindAsync(connection, ids);
        return [.. events.Concat(refusals).Select(record => new AppliedDeadLetter(deadLetters[record.CommandId].Id, deadLetters[record.CommandId].MessageOf(new ComposedOutcome(record.Outcome))))];
    }

    private async Task<(IReadOnlyList<CaseOutcome> Outcomes, Exception? Error)> TryAsync(List<StoredDeadLetter> deadLetters, JobOrder order)
    {
        try
        {
            await using var transaction = await BatchTransaction.BeginAsync(contexts);
            var prepared = deadLetters.ConvertAll(deadLetter => Prepare(deadLetter, order));
            await using var opened = await processor.OpenAsync(transaction, [], prepared, prepared);
            var decided = await DecideAsync(transaction, opened, deadLetters, prepared, order);
            var outcomes = await processor.WriteAsync(transaction, opened, []);
            return ([.. decided.Select(entry => outcomes[entry].Value)], null);
        }
        catch (Exception error) when (!FailurePolicy.IsTransient(error))
        {
            return ([], error);
        }
    }

    private async Task<List<StoredDeadLetter>> ReadAsync(IReadOnlySet<long> frozen, long reference, long first, int limit)
    {
        var line = await ReadAsync(reference, limit);
        return [.. line.TakeWhile(deadLetter => frozen.Contains(deadLetter.Id) || (deadLetter.Kind is DeadLetterKinds.Held && deadLetter.Id > first))];
    }

    private async Task<List<StoredDeadLetter>> ReadAsync(long reference, int limit)
    {
        await using var connection = await database.OpenConnectionAsync();
        return await connection.ListAsync(DeadLetterSql.ReadFirst, [reference, limit], ReadDeadLetter);
    }

    /// <summary>The command as the job applies it: the dead letter's own, or one in its place. The same job derives the same id again.</summary>
    private Command Prepare(StoredDeadLetter deadLetter, JobOrder order)
    {
        if (!order.Replaces(deadLetter.Id))
        {
            return deadLetter.Command;
        }

        var command = order.Changes.TryGetValue(deadLetter.Id, out var change) ? commands.Rewrite(deadLetter.Command, change.Body) : deadLetter.Command;
        if (command.Errors.Count > 0)
        {
            throw new InvalidOperationException($"With its new body the command is invalid: {command.Errors[0].Path} {command.Errors[0].Message}");
        }

        return command with { Id = DerivedId.Of(command.Id, order.Id.ToByteArray()) };
    }

    /// <summary>Decides the first of them, as many as fit into one transaction.</summary>
    private async Task<List<DecidedCommand>> DecideAsync(BatchTransaction transaction, OpenedBatch opened, List<StoredDeadLetter> deadLetters, List<Command> prepared, JobOrder order)
    {
        var decided = await decisions.DecideAsync(
            transaction,
            opened,
            prepared[..opened.Count],
            i => BatchProcessor.Run(order.Rebases(deadLetters[i].Id) ? opened.State.Rebase(prepared[i]) : opened.State.Replay(prepared[i])),
            actionTime: null);
        return [.. decided.OfType<DecidedCommand>()];
    }

    /// <summary>Takes dead letters out of the parked queue of their case, which opens the case or gives it another head, and counts the job's progress.</summary>
    /// <returns>False if the queue has changed since it was read: nothing must be written then.</returns>
    private static async Task<bool> RemoveFromQueueAsync(BatchTransaction transaction, JobOrder order, long reference, List<StoredDeadLetter> deadLetters, List<Command> prepared)
    {
        var ids = deadLetters.Select(deadLetter => deadLetter.Id).ToArray();
        var successors = deadLetters.Zip(prepared, (deadLetter, command) => order.Replaces(deadLetter.Id) ? command.Id : (Guid?)null).ToArray();
        var pipeline = transaction.NewPipeline();
        var first = pipeline.Query(DeadLetterSql.FindFirst, row => row.GetInt64(0), reference, ids.Length);
        pipeline.Add(DeadLetterSql.Apply, ids, successors);
        pipeline.Add(DeadLetterSql.MoveHeads, (long[])[reference]);
        pipeline.Add(JobTable.ProgressSql, order.Id, (long)ids.Length);
        await pipeline.SendAsync();
        return first.Rows.SequenceEqual(ids);
    }

    private StoredDeadLetter ReadDeadLetter(NpgsqlDataReader row)
    {
        var read = commands.Read(row.GetInt64(0), row.GetFieldValue<byte[]>(2), row.GetString(3));
        return new StoredDeadLetter(row.GetInt64(0), row.GetString(1), read.Command, read.ReplyTo, read.Trace, row.IsDBNull(4) ? null : row.GetGuid(4));
    }

    /// <param name="Id">The dead letter.</param>
    /// <param name="Kind">Whether it failed or waits.</param>
    /// <param name="Command">As it was sent.</param>
    /// <param name="ReplyTo">Who waits for its answer.</param>
    /// <param name="Trace">Where it came from.</param>
    /// <param name="Successor">The command that was applied in its place.</param>
    private sealed record StoredDeadLetter(long Id, string Kind, Command Command, ReplyTo? ReplyTo, TraceContext Trace, Guid? Successor)
    {
        /// <summary>Whoever asked for an answer asked about the command with the original id.</summary>
        public OutcomeMessage MessageOf(ComposedOutcome outcome) => OutcomeMessage.Of(outcome, outcome.Value.CommandId == Command.Id ? ReplyTo : null, Trace);
    }
}

/// <summary>A dead letter that has its outcome now, still to be published.</summary>
internal sealed record AppliedDeadLetter(long Id, OutcomeMessage Message);

/// <summary>What would become of a dead letter.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Command">What it asks for.</param>
/// <param name="Outcome">Its outcome; null if it fails again, or waits behind one that does.</param>
/// <param name="Failure">Why it fails again; null otherwise.</param>
internal sealed record PreviewedDeadLetter(long Id, Command Command, CaseOutcome? Outcome, string? Failure)
{
    /// <summary>The outcome in one word: <c>accepted</c>, <c>conflicted</c>, <c>rejected</c>, <c>failed</c> or <c>held</c>.</summary>
    public string Word => Outcome?.Outcome ?? (Failure is null ? "held" : "failed");

    /// <summary>The outcome in one sentence.</summary>
    public string Sentence => this switch
    {
        { Outcome: CaseAccepted accepted } => string.Create(CultureInfo.InvariantCulture, $"version {accepted.Version}, nonce {accepted.Nonce}{(accepted.Changed ? "" : ", the JSON stays")}"),
        { Outcome: CaseConflicted conflict } => string.Create(CultureInfo.InvariantCulture, $"{conflict.Reason}: the case is at version {conflict.CurrentVersion}, nonce {conflict.CurrentNonce}"),
        { Outcome: CaseRejected rejected } => $"{rejected.Status} {rejected.Reason}: {string.Join(" ", rejected.Errors.Select(error => error.Message))}",
        { Failure: { } failure } => $"fails again: {failure}",
        _ => "waits behind the one that fails again",
    };
}
