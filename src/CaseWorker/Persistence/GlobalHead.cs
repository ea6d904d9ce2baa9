using CaseWorker.Configuration;
using CaseWorker.Resilience;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>
/// The table <c>global_head</c>: one row, the number of the last event. Its row lock makes batches commit one after the other, so that global nonces have no gap
/// and become visible in their order.
/// </summary>
internal sealed class GlobalHead
{
    private static string Repair => $"Run `{ProgramName.Value} db assert --deep` to see what is damaged and `{ProgramName.Value} db repair` to repair it.";

    private const string GlobalKey = "case_events_pkey";

    private const string CaseKey = "case_events_case_reference_nonce_key";

    private const string NoteKey = "case_notes_case_reference_nonce_key";

    private long lastSeen = -1;

    /// <summary>The head that this process committed last. The row is looked for above it, which skips the dead versions of the row.</summary>
    public long LastSeen => Interlocked.Read(ref lastSeen);

    /// <summary>Called after a commit.</summary>
    public void Advance(long head) => InterlockedMax(head);

    /// <summary>The head before a batch.</summary>
    /// <param name="rows">What <see cref="EventLog.Append"/> found.</param>
    /// <exception cref="StoreFailureException">There is no head, or the database was restored to a state before the one that this process has seen.</exception>
    public long Before(IReadOnlyList<long> rows)
    {
        if (rows is [var before])
        {
            return before;
        }

        var seen = Interlocked.Exchange(ref lastSeen, -1);
        throw new StoreFailureException(seen >= 0
            ? $"global_head is not above {seen}, the number of an event that this worker committed: the database was restored or has failed over to a server that lags behind. Trying again from what it has now"
            : $"The store is damaged: the table global_head has no row. {Repair}");
    }

    /// <summary>Whether an error is a number of an event that exists already.</summary>
    public static bool IsDamage(PostgresException error) => error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: GlobalKey or CaseKey or NoteKey };

    /// <summary>Says what such an error means.</summary>
    public static StoreFailureException Explain(PostgresException error) => error.ConstraintName is GlobalKey
        ? new StoreFailureException($"The store is damaged: global_head is behind the log, so that new events would get numbers that exist. {Repair}", affectsOneCase: false, error)
        : new StoreFailureException(
            $"The store is damaged: a case in case_data is behind its own events ({error.ConstraintName}). Run `{ProgramName.Value} db assert --deep`, and restore all tables from one backup.",
            affectsOneCase: true,
            error);

    private void InterlockedMax(long head)
    {
        var seen = LastSeen;
        while (head > seen && Interlocked.CompareExchange(ref lastSeen, head, seen) is var found && found != seen)
        {
            seen = found;
        }
    }
}
