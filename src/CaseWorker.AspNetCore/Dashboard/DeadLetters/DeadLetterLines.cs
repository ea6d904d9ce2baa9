using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using CaseWorker.Queries;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>A dead letter without its bytes.</summary>
public sealed record DeadLetterLine(long Id, string Kind, string State, string Reason, string Detail, long? Case, string? Action, DateTimeOffset ReceivedAt)
{
    internal static DeadLetterLine Of(DeadLetterSummary found) => new(found.Id, found.Kind, found.State, found.Reason, found.Detail, found.CaseReference, found.Action, found.ReceivedAt);
}

/// <summary>The dead letters of a case, or those without one.</summary>
/// <param name="Head">The oldest that was found.</param>
/// <param name="DeadLetters">How many were found.</param>
/// <param name="Held">How many of them only wait behind another.</param>
public sealed record CaseGroup(DeadLetterLine Head, long DeadLetters, long Held)
{
    internal static CaseGroup Of(DeadLettersOfCase found) => new(DeadLetterLine.Of(found.Head), found.DeadLetters, found.Held);
}

/// <summary>Dead letters that failed in the same way.</summary>
/// <param name="Fingerprint">For the address.</param>
/// <param name="Pattern">What happened, with numbers and ids taken out.</param>
/// <param name="Blocked">Commands that wait behind them.</param>
/// <param name="BlockedCases">Cases of those commands.</param>
public sealed record FingerprintGroup(string Fingerprint, string Kind, string Reason, string? Action, string Pattern, long DeadLetters, long Cases, DateTimeOffset First, DateTimeOffset Last, long Blocked, long BlockedCases)
{
    internal static FingerprintGroup Of(DeadLettersOfCause found) =>
        new(found.Cause, found.Kind, found.Reason, found.Action, found.Pattern, found.DeadLetters, found.Cases, found.First, found.Last, found.Blocked, found.BlockedCases);
}

/// <summary>A dead letter whole.</summary>
/// <param name="Text">The beginning of its bytes as text.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Successor">The command that it was replayed as, where that is another.</param>
/// <param name="Jobs">That have it to do, or had.</param>
public sealed record WholeDeadLetter(
    DeadLetterLine Line,
    Guid? CommandId,
    string Exchange,
    string RoutingKey,
    string Headers,
    string Text,
    long Size,
    Guid? Successor,
    IReadOnlyList<JobLine> Jobs,
    IReadOnlyList<AuditLine> Audit);

/// <summary>Exactly what an action is about.</summary>
/// <param name="Ids">In order.</param>
/// <param name="Lines">The first of them.</param>
/// <param name="Cases">How many cases they belong to.</param>
/// <param name="Blocked">How many stand behind another of their case that is not among them.</param>
/// <param name="Following">How many commands that only wait behind them go along with a replay.</param>
/// <param name="Matching">How many match; more than one form takes may be among them.</param>
public sealed record DeadLetterSelectionView(IReadOnlyList<long> Ids, IReadOnlyList<DeadLetterLine> Lines, long Cases, long Blocked, long Following, long Matching);

/// <summary>What a replay would do with one command.</summary>
/// <param name="Would">accepted, conflicted, rejected, failed or held.</param>
public sealed record PreviewLine(long Case, long Id, string? Action, string Would, string Sentence);

/// <summary>What a replay would do.</summary>
/// <param name="Cut">What was not tried, in sentences.</param>
public sealed record ReplayPreviewView(IReadOnlyList<PreviewLine> Lines, IReadOnlyList<string> Cut)
{
    internal static ReplayPreviewView Of(PreviewedReplay preview) => new(
        [.. preview.Cases.SelectMany(tried => tried.DeadLetters.Select(deadLetter => new PreviewLine(tried.Reference, deadLetter.Id, deadLetter.Command.ActionName, deadLetter.Word, deadLetter.Sentence)))],
        [.. preview.Cases.Select(tried => tried.Cut).Append(preview.Cut).OfType<string>()]);
}

/// <summary>An operator's job.</summary>
public sealed record JobLine(Guid Id, string Kind, string State, string Operator, string Reason, long Total, long Done, long Failed, string? Detail, DateTimeOffset RequestedAt, DateTimeOffset? FinishedAt)
{
    public bool IsOver => FinishedAt is not null;

    internal static JobLine Of(OperatorJob job) =>
        new(job.Id, job.Kind, job.State, job.Operator, job.Reason, job.Total, job.Done, job.Failed, job.Detail, job.RequestedAt, job.FinishedAt);
}

/// <summary>What an operator did or was refused.</summary>
/// <param name="DeadLetters">How many dead letters it was about.</param>
public sealed record AuditLine(long Id, DateTimeOffset At, string Operator, string Action, long DeadLetters, string? Reason, string Result)
{
    internal static AuditLine Of(AuditEntry row) => new(row.Id, row.At, row.Operator, row.Action, row.DeadLetters, row.Reason, row.Result);
}
