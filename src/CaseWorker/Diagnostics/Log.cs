using Microsoft.Extensions.Logging;

namespace CaseWorker.Diagnostics;

/// <summary>Everything that the engine logs. Event ids are documented in docs/operations.md and never change their meaning.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Warning, "{Sentence}")]
    public static partial void SettingRenamed(this ILogger log, string sentence);

    [LoggerMessage(1001, LogLevel.Warning, "The database cannot be reached yet ({Error}); trying again in {Delay:N0} ms.")]
    public static partial void DatabaseUnavailable(this ILogger log, string error, double delay);

    [LoggerMessage(1002, LogLevel.Warning, "{Sentence}")]
    public static partial void PromiseWeakened(this ILogger log, string sentence);

    [LoggerMessage(1100, LogLevel.Warning, "The broker cannot be reached yet ({Error}); trying again in {Delay:N0} ms.")]
    public static partial void BrokerUnavailable(this ILogger log, string error, double delay);

    [LoggerMessage(1101, LogLevel.Error, "{Queue} cannot be consumed: {Reason}")]
    public static partial void QueueNotConsumed(this ILogger log, string queue, string? reason);

    [LoggerMessage(1200, LogLevel.Warning, "The leases of this worker's slots cannot be renewed ({Error}); trying again.")]
    public static partial void LeasesNotRenewed(this ILogger log, string error);

    [LoggerMessage(1201, LogLevel.Information, "This worker cannot tell the database that it stops ({Error}); its slots are free in {Seconds:N0} s.")]
    public static partial void LeaveNotRecorded(this ILogger log, string error, double seconds);

    [LoggerMessage(1202, LogLevel.Information, "Slot {Slot} could not be given back ({Error}); this worker serves it again.")]
    public static partial void SlotNotGivenBack(this ILogger log, int slot, string error);

    [LoggerMessage(1203, LogLevel.Warning, "A delivery before {Tag} of slot {Slot} is missing; its channel closes, so that the broker redelivers everything in order.")]
    public static partial void DeliveryMissing(this ILogger log, ulong tag, int slot);

    [LoggerMessage(1300, LogLevel.Warning, "A batch of {Count} failed because of one of its commands; looking for that one.")]
    public static partial void BatchSplit(this ILogger log, Exception error, int count);

    [LoggerMessage(1301, LogLevel.Warning, "Batch worker {Worker} cannot commit yet ({Error}); nothing is lost, trying again in {Delay:N0} ms (try {Attempt}).")]
    public static partial void BatchBlocked(this ILogger log, int worker, string error, double delay, int attempt);

    [LoggerMessage(1302, LogLevel.Debug, "Batch worker {Worker} failed.")]
    public static partial void BatchBlockedDetails(this ILogger log, Exception error, int worker);

    [LoggerMessage(1303, LogLevel.Warning, "Batch worker {Worker} defers {Count} cases, the first of them {CaseReference} ({Error}). They are tried again later; other cases go on.")]
    public static partial void CasesDeferred(this ILogger log, int worker, int count, long caseReference, string error);

    [LoggerMessage(1304, LogLevel.Error, "Batch worker {Worker} gives a batch back to the broker after an unexpected error. Nothing is lost. Please report this.")]
    public static partial void BatchAbandoned(this ILogger log, Exception error, int worker);

    [LoggerMessage(1400, LogLevel.Warning, "The broker has not confirmed a batch of outcomes for {Time}; still waiting. Check its memory and disk alarms.")]
    public static partial void ConfirmsMissing(this ILogger log, TimeSpan time);

    [LoggerMessage(1401, LogLevel.Warning, "The broker did not confirm {Count} outcomes ({Reason}); publishing them again in {Delay:N0} ms.")]
    public static partial void OutcomesNotConfirmed(this ILogger log, int count, string reason, double delay);

    [LoggerMessage(1402, LogLevel.Warning, "{Count} replies were dropped ({Reason}). Their outcomes are published. This is logged once a minute at most.")]
    public static partial void RepliesDropped(this ILogger log, long count, string reason);

    [LoggerMessage(1500, LogLevel.Warning, "Dead letter ({Kind}): {Detail}")]
    public static partial void DeadLettered(this ILogger log, string kind, string detail);

    [LoggerMessage(1501, LogLevel.Debug, "Held behind a dead letter: {Detail}")]
    public static partial void CommandHeld(this ILogger log, string detail);

    [LoggerMessage(1503, LogLevel.Warning, "Dead letters cannot be replayed now ({Error}); trying again.")]
    public static partial void ReplayUnavailable(this ILogger log, string error);

    [LoggerMessage(1504, LogLevel.Debug, "Dead letters still cannot be replayed ({Error}); trying again.")]
    public static partial void ReplayStillUnavailable(this ILogger log, string error);

    [LoggerMessage(1505, LogLevel.Information, "Job {Job} ({Kind}) applies {Count} dead letters.")]
    public static partial void JobStarted(this ILogger log, Guid job, string kind, int count);

    [LoggerMessage(1506, LogLevel.Warning, "Job {Job} edits a dead letter, which is off at this worker (CaseWorker__EditDeadLetters). Nothing is applied.")]
    public static partial void JobRefused(this ILogger log, Guid job);

    [LoggerMessage(1507, LogLevel.Information, "Job {Job} is done.")]
    public static partial void JobFinished(this ILogger log, Guid job);

    [LoggerMessage(1508, LogLevel.Warning, "Job {Job} stops at case {CaseReference}: {Error}")]
    public static partial void JobStoppedAtCase(this ILogger log, Guid job, long caseReference, string error);

    [LoggerMessage(1700, LogLevel.Warning, "New events cannot be listened for ({Error}); open feeds poll once a second until that works again.")]
    public static partial void FeedNotNotified(this ILogger log, string error);
}
