using System.Net.Sockets;
using CaseWorker.Actions;
using CaseWorker.Processing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CaseWorker.Resilience;

/// <summary>
/// What to do with a batch that failed. Only decides; <see cref="BatchWorker"/> does. The decision depends on a type or an SQLSTATE, never on
/// the text of a message.
/// </summary>
internal static class FailurePolicy
{
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>A single command gets this many attempts before it is a dead letter.</summary>
    public const int MaxSingleAttempts = 3;

    /// <summary>A command whose action exceeds its time limit gets this many attempts.</summary>
    public const int MaxSlowAttempts = 2;

    /// <summary>A single command that only meets locks and limits is retried for at least this long before it is a dead letter.</summary>
    public static readonly TimeSpan MaxDeferral = TimeSpan.FromSeconds(30);

    /// <param name="error">Why the batch failed.</param>
    /// <param name="batchSize">Commands in the batch.</param>
    /// <param name="attempt">1 for the first attempt.</param>
    /// <param name="deferredFor">How long its command has been deferred; zero if it has not been.</param>
    public static FailureAction Decide(Exception error, int batchSize, int attempt, TimeSpan deferredFor)
    {
        switch (ScopeOf(error))
        {
            case FailureScope.Server:
                return batchSize > 1 && error.GetBaseException() is TimeoutException ? FailureAction.Split : FailureAction.TryAgain;
            case FailureScope.Case when error is StoreFailureException:
                return batchSize > 1 ? FailureAction.Split : FailureAction.Defer;
            case FailureScope.Case when error is ParkingFullException || (error is SlowCommandException && attempt < MaxSlowAttempts):
                return FailureAction.Defer;
            case FailureScope.Case when error is SlowCommandException:
                return FailureAction.DeadLetter;
            case FailureScope.Batch or FailureScope.Command when batchSize > 1:
                return FailureAction.Split;
            case FailureScope.Batch or FailureScope.Case when deferredFor < MaxDeferral:
                return FailureAction.Defer;
            default:
                return attempt < MaxSingleAttempts ? FailureAction.Defer : FailureAction.DeadLetter;
        }
    }

    /// <summary>Whether time or an operator heals it: the connection, the server, its schema, a lock, another writer.</summary>
    internal static bool IsTransient(Exception error) => ScopeOf(error) is FailureScope.Server or FailureScope.Batch || error is ParkingFullException or StoreFailureException;

    /// <summary>Whether the server gave up waiting for a lock.</summary>
    internal static bool IsLockTimeout(Exception error) => error.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    /// <summary>What a failure stops: everything, this batch, one case or one command.</summary>
    internal static FailureScope ScopeOf(Exception error)
    {
        var isOfAnAction = false;
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case CaseActionException:
                    // Its code works in memory: only the database's own errors can pass.
                    isOfAnAction = true;
                    break;
                case StoreFailureException store:
                    return store.AffectsOneCase ? FailureScope.Case : FailureScope.Server;
                case CasesLockedException or ParkingFullException or SlowCommandException:
                    return FailureScope.Case;
                case PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable, Where: null }:
                    // Not a row: the table is locked, by a migration for example, and all commands wait for it.
                    return FailureScope.Server;
                case PostgresException postgres:
                    return ScopeOf(postgres.SqlState);
                case DbUpdateConcurrencyException or OutOfMemoryException:
                    return FailureScope.Batch;
                case NpgsqlException:
                    return FailureScope.Server;
                case TimeoutException or IOException or SocketException or OperationCanceledException or ObjectDisposedException:
                    return isOfAnAction ? FailureScope.Command : FailureScope.Server;
            }
        }

        return FailureScope.Command;
    }

    /// <summary>
    /// Classes 22 (data exception), 23 (integrity), 54 (program limit) and P0 (a trigger's RAISE) come from what is written. A batch that meets
    /// a lock, a deadlock, another writer or a limit of the server (53200: locks; 25P03, 57014: time) may pass when it is smaller.
    /// </summary>
    private static FailureScope ScopeOf(string sqlState) => sqlState switch
    {
        ['2', '2' or '3', ..] or ['5', '4', ..] or ['P', '0', ..] => FailureScope.Command,
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.OutOfMemory
            or PostgresErrorCodes.QueryCanceled or IdleInTransactionTimeout => FailureScope.Batch,
        _ => FailureScope.Server,
    };
}

/// <summary>What a failure stops.</summary>
internal enum FailureScope
{
    /// <summary>A server is away or refuses all work: everything waits.</summary>
    Server,

    /// <summary>The batch is too large, or one of its cases is in somebody's way: a smaller batch may pass.</summary>
    Batch,

    /// <summary>One case cannot go on now.</summary>
    Case,

    /// <summary>One command fails, whatever it is processed with.</summary>
    Command,
}

/// <summary>What a batch worker does next with a batch that failed.</summary>
internal enum FailureAction
{
    /// <summary>Wait, then the same batch again.</summary>
    TryAgain,

    /// <summary>Half of it first: so the one command that causes it is found, and all others go through.</summary>
    Split,

    /// <summary>The case waits apart from its slot and is tried again later, alone. Other cases go on.</summary>
    Defer,

    /// <summary>The one command is kept in <c>dead_letters</c>.</summary>
    DeadLetter,
}
