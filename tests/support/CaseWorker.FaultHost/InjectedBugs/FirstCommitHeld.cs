using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>The first batch commits late. That is no bug; with numbers that do not wait for commits, it shows one.</summary>
/// <param name="until">Ends the wait.</param>
internal sealed class FirstCommitHeld(Task until) : DbTransactionInterceptor
{
    private int commits;

    public override async ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (Interlocked.Increment(ref commits) == 1)
        {
            await until;
        }

        return await base.TransactionCommittingAsync(transaction, eventData, result, cancellationToken);
    }
}
