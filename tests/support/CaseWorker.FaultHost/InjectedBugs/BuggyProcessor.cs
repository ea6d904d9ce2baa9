using CaseWorker.Cases;
using CaseWorker.Persistence;
using CaseWorker.Processing;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>A processor that gets other deliveries than the broker delivered, or gives other results back than it committed.</summary>
internal abstract class ChangedBatch(BatchProcessor inner) : IBatchProcessor
{
    /// <remarks>The results come back in the order of the queues, so that the acknowledgements are right.</remarks>
    public async Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch, TimeSpan? actionTime)
    {
        var processed = (await inner.CommitAsync(Change(batch), actionTime)).ToDictionary(result => result.Delivery);
        return [.. batch.TakeWhile(parsed => processed.ContainsKey(parsed.Delivery)).Select(parsed => Change(processed[parsed.Delivery]))];
    }

    public Task<IReadOnlyCollection<long>> FindLockedCasesAsync(IReadOnlyList<ParsedDelivery> batch) => inner.FindLockedCasesAsync(batch);

    protected virtual IReadOnlyList<ParsedDelivery> Change(IReadOnlyList<ParsedDelivery> batch) => batch;

    protected virtual ProcessedDelivery Change(ProcessedDelivery processed) => processed;

    /// <summary>The same deliveries with other commands.</summary>
    protected static IReadOnlyList<ParsedDelivery> WithCommands(IReadOnlyList<ParsedDelivery> batch, Func<Command, Command> change) =>
        [.. batch.Select(parsed => parsed.Result is ParseResult.Parsed { Command: var command } result ? parsed with { Result = result with { Command = change(command) } } : parsed)];
}

/// <summary>The steps of <see cref="BatchProcessor"/>, with places where a bug can change one.</summary>
internal abstract class BuggyProcessor(IDbContextFactory<CaseWorkerDbContext> contexts, BatchProcessor steps) : IBatchProcessor
{
    protected BatchProcessor Steps => steps;

    public async Task<IReadOnlyList<ProcessedDelivery>> CommitAsync(IReadOnlyList<ParsedDelivery> batch, TimeSpan? actionTime)
    {
        await using var transaction = await BatchTransaction.BeginAsync(contexts);
        await using var opened = await OpenAsync(transaction, batch, [.. batch.Select(parsed => parsed.Command).OfType<Command>()]);
        var decided = batch.Select(parsed => parsed.Command is { } command ? BatchProcessor.Run(opened.State.Decide(command, parsed.FailureReason)) : null).ToList();
        var deadLetters = batch.Select((parsed, i) => parsed.ToDeadLetter(decided[i]?.Decision)).ToList();
        var outcomes = await steps.WriteAsync(transaction, opened, [.. deadLetters.OfType<DeadLetter>()]);
        ProcessedDelivery[] processed = [.. batch.Select((parsed, i) => new ProcessedDelivery(parsed, decided[i], decided[i] is { } entry ? outcomes[entry] : null, deadLetters[i]))];
        await BeforeCommitAsync(processed);
        await transaction.CommitAsync();
        return processed;
    }

    public Task<IReadOnlyCollection<long>> FindLockedCasesAsync(IReadOnlyList<ParsedDelivery> batch) => steps.FindLockedCasesAsync(batch);

    protected virtual Task<OpenedBatch> OpenAsync(BatchTransaction transaction, IReadOnlyList<ParsedDelivery> batch, IReadOnlyList<Command> commands) =>
        steps.OpenAsync(transaction, [.. batch.Select(parsed => parsed.Delivery.Channel.Lease).Distinct()], commands, commands);

    protected virtual Task BeforeCommitAsync(IReadOnlyList<ProcessedDelivery> processed) => Task.CompletedTask;
}
