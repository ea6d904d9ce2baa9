using System.Net.Sockets;
using CaseWorker.Actions;
using CaseWorker.Processing;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CaseWorker.Resilience;

/// <summary>
/// What to do with a batch that failed. Only decides; <see cref="BatchWorker"/> does. Retryability is a type or an SQLSTATE, never a
/// message's text, and doubt is patience: what is not surely one command's own fault is tried again.
/// </summary>
internal static class FailurePolicy
{
    /// <summary>A single command gets this many tries before it is a dead letter.</summary>
    public const int MaxSingleAttempts = 3;

    public static FailureAction Decide(Exception error, int batchSize, int attempt)
    {
        if (IsTransient(error))
        {
            return FailureAction.TryAgain;
        }

        return batchSize > 1 ? FailureAction.Split
            : attempt < MaxSingleAttempts ? FailureAction.TryAgain
            : FailureAction.DeadLetter;
    }

    /// <summary>Whether time or an operator heals it: the connection, the server, its schema, a lock, another writer.</summary>
    internal static bool IsTransient(Exception error)
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
                case PostgresException postgres:
                    return !IsDataError(postgres.SqlState);
                case ParkingFullException or DbUpdateConcurrencyException or NpgsqlException or OutOfMemoryException:
                    return true;
                case TimeoutException or IOException or SocketException or OperationCanceledException or ObjectDisposedException:
                    return !isOfAnAction;
            }
        }

        return false;
    }

    /// <summary>Classes 22 (data exception), 23 (integrity), 54 (program limit) and P0 (a trigger's RAISE) come from what is written.</summary>
    private static bool IsDataError(string sqlState) => sqlState[..2] is "22" or "23" or "54" or "P0";
}

/// <summary>What a batch worker does next with a batch that failed.</summary>
internal enum FailureAction
{
    /// <summary>Wait, then the same batch again.</summary>
    TryAgain,

    /// <summary>Each half by itself, in order: so the one command that causes it is found, and all others go through.</summary>
    Split,

    /// <summary>The one command is kept in <c>dead_letters</c>.</summary>
    DeadLetter,
}
