using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>An update had no effect, and will have none.</summary>
public abstract class CaseUpdateException : Exception
{
    private protected CaseUpdateException(long caseReference, int attempts, string what)
        : base(FormattableString.Invariant($"Case {caseReference} was not updated: {what}")) => (CaseReference, Attempts) = (caseReference, attempts);

    /// <summary>The case.</summary>
    public long CaseReference { get; }

    /// <summary>How often a change was proposed.</summary>
    public int Attempts { get; }
}

/// <summary>There is no such case.</summary>
public sealed class CaseMissingException : CaseUpdateException
{
    internal CaseMissingException(long caseReference, int attempts)
        : base(caseReference, attempts, "there is no such case. Create it first, with CaseCommands.Create.")
    {
    }
}

/// <summary>Others were faster each time.</summary>
public sealed class TooManyConflictsException : CaseUpdateException
{
    internal TooManyConflictsException(CaseConflicted last, int attempts, TimeSpan elapsed)
        : base(last.CaseReference, attempts, FormattableString.Invariant($"{attempts} attempts in {elapsed.TotalSeconds:0.0} s conflicted, the last with the {last.Reason} ({Proposed(last)} was proposed, {Current(last)} is current{Who(last)}). Update it again, or raise CaseUpdateOptions.AttemptLimit and Timeout.")) =>
        LastConflict = last;

    /// <summary>The last attempt's outcome.</summary>
    public CaseConflicted LastConflict { get; }

    private static long? Proposed(CaseConflicted last) => last.ProposedVersion ?? last.ProposedNonce;

    private static long Current(CaseConflicted last) => last.ProposedVersion is null ? last.CurrentNonce : last.CurrentVersion;

    private static string Who(CaseConflicted last) => last.LastEvent is { Actor: { } actor } ? $", its last event by {actor}" : "";
}

/// <summary>The worker rejected the change: it can never be applied as it is.</summary>
public sealed class UpdateRejectedException : CaseUpdateException
{
    internal UpdateRejectedException(CaseRejected rejected, int attempts)
        : base(rejected.CaseReference, attempts, FormattableString.Invariant($"the worker rejected the change ({rejected.Status} {rejected.Reason}): {string.Join(" ", rejected.Errors.Select(error => $"{error.Path} {error.Message}".TrimStart()))}")) =>
        Rejected = rejected;

    /// <summary>The outcome.</summary>
    public CaseRejected Rejected { get; }
}
