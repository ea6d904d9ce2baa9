using CaseWorker.Contracts;

namespace CaseWorker.Cases;

/// <summary>What is to become of a command: one clause per row of the decision table.</summary>
internal abstract record Decision
{
    /// <summary>One event is appended and the case stands as <paramref name="After"/>.</summary>
    /// <param name="After">The case after the event; its nonce is the event's.</param>
    /// <param name="Changed">Whether the JSON really changed.</param>
    /// <param name="Row">What is inserted beside the blob, if anything.</param>
    public sealed record Accepted(CaseState After, bool Changed, object? Row) : Decision
    {
        /// <summary>Changes the action's own rows. The processor runs it before the next command is decided.</summary>
        public Action? Effect { get; init; }
    }

    /// <summary>The proposal does not fit.</summary>
    public sealed record Conflicted(string Reason, long CurrentVersion, long CurrentNonce, LastEvent? LastEvent) : Decision;

    /// <summary>The command can never be applied as it is.</summary>
    /// <param name="Status">400, 404 or 422.</param>
    /// <param name="Reason">A word for programs.</param>
    /// <param name="Errors">Sentences for people.</param>
    /// <param name="Current">The case, where it exists.</param>
    /// <param name="IsRecorded">False if the command id already has a record, which stays.</param>
    public sealed record Rejected(int Status, string Reason, IReadOnlyList<FieldError> Errors, CaseState? Current, bool IsRecorded) : Decision;

    /// <summary>It becomes, or already is, a dead letter: it failed every time, or waits behind one that did.</summary>
    /// <param name="HasFailed">Whether it failed itself; else it waits for one that did.</param>
    public sealed record Parked(bool HasFailed) : Decision
    {
        /// <summary>Where it stands; given by <see cref="BatchState"/>.</summary>
        public ParkedPosition Place { get; init; } = null!;
    }

    /// <summary>The command was decided before: its original outcome is given again, and nothing else happens.</summary>
    public sealed record Repeated : Decision
    {
        /// <summary>The outcome that is recorded; null if the command was decided in this batch.</summary>
        public CaseOutcome? Recorded { get; init; }

        /// <summary>The same command earlier in this batch; null if its outcome is recorded.</summary>
        public DecidedCommand? Original { get; init; }
    }
}
