using CaseWorker;

namespace Evidence;

/// <summary>What this executable adds to CaseWorker.</summary>
public static class EvidenceActions
{
    /// <summary>Evidence is withdrawn, never deleted, and what was uploaded never changes: the worker's role has no right to either.</summary>
    public static void Register(CaseWorkerBuilder worker) => worker
        .AddTables<EvidenceDbContext>("SELECT, INSERT, UPDATE (withdrawn_nonce, withdrawn_at, withdrawn_by, withdrawal_reason, published_nonce)")
        .AddAction<EvidenceAttach>()
        .AddAction<EvidenceWithdraw>()
        .AddAction<EvidencePublish>();
}
