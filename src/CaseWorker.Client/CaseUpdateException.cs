using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>The base of the exceptions that are thrown when an update has no effect and never will.</summary>
public abstract class CaseUpdateException : Exception
{
    private protected CaseUpdateException(long caseReference, int attempts, string what)
        : base(FormattableString.Invariant($"Case {caseReference} was not updated: {what}")) => (CaseReference, Attempts) = (caseReference, attempts);

    /// <summary>The reference of the case.</summary>
    public long CaseReference { get; }

    /// <summary>How many times a change was proposed.</summary>
    public int Attempts { get; }
}

/// <summary>The exception that is thrown when the case to update does not exist.</summary>
public sealed class CaseNotFoundException : CaseUpdateException
{
    internal CaseNotFoundException(long caseReference, int attempts)
        : base(caseReference, attempts, "it does not exist. Create it first, with CaseCommands.Create.")
    {
    }
}

/// <summary>The exception that is thrown when every attempt to update a case conflicted with another change.</summary>
public sealed class TooManyConflictsException : CaseUpdateException
{
    internal TooManyConflictsException(CaseConflicted last, int attempts, TimeSpan elapsed)
        : base(last.CaseReference, attempts, FormattableString.Invariant($"{attempts} attempts in {elapsed.TotalSeconds:0.0} s conflicted, the last with the {last.Reason} ({Proposed(last)} was proposed, {Current(last)} is current{Who(last)}). Update it again, or raise CaseUpdateOptions.MaxAttempts and Timeout.")) =>
        LastConflict = last;

    /// <summary>The outcome of the last attempt.</summary>
    public CaseConflicted LastConflict { get; }

    private static long? Proposed(CaseConflicted last) => last.ProposedVersion ?? last.ProposedNonce;

    private static long Current(CaseConflicted last) => last.ProposedVersion is null ? last.CurrentNonce : last.CurrentVersion;

    private static string Who(CaseConflicted last) => last.LastEvent is { Actor: { } actor } ? $", its last event by {actor}" : "";
}

/// <summary>The exception that is thrown when the worker rejects an update: the change can never be applied as it is.</summary>
public sealed class UpdateRejectedException : CaseUpdateException
{
    internal UpdateRejectedException(CaseRejected rejected, int attempts)
        : base(rejected.CaseReference, attempts, FormattableString.Invariant($"the worker rejected the change ({rejected.Status} {rejected.Reason}): {string.Join(" ", rejected.Errors.Select(error => $"{error.Path} {error.Message}".TrimStart()))}")) =>
        Rejected = rejected;

    /// <summary>The outcome, with the worker's reasons.</summary>
    public CaseRejected Rejected { get; }
}
