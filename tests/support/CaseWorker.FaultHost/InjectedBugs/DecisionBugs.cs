using CaseWorker.Cases;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Takes another command under a used id for a repeat of the first.</summary>
internal sealed class FingerprintIgnored(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BuggyProcessor(contexts, workerName)
{
    protected override Command Change(Command command) => command with { Digest = command.Id.ToByteArray() };
}

/// <summary>Accepts whatever number the producer proposes.</summary>
internal sealed class ProposalIgnored(IDbContextFactory<CaseWorkerDbContext> contexts, WorkerName workerName) : BuggyProcessor(contexts, workerName)
{
    protected override Command Change(Command command) => command with { ProposedVersion = null, ProposedNonce = null };
}
