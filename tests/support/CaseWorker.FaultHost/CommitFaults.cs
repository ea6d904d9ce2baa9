using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace CaseWorker.FaultHost;

/// <summary>Right before and right after COMMIT.</summary>
internal sealed class CommitFaults(InjectedCrash fault) : DbTransactionInterceptor
{
    public override ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        fault.Reached("before-commit");
        return base.TransactionCommittingAsync(transaction, eventData, result, cancellationToken);
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        fault.Reached("after-commit");
        return base.TransactionCommittedAsync(transaction, eventData, cancellationToken);
    }
}
