using CaseWorker.Cases;
using CaseWorker.Processing;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Takes another command under a used id for a repeat of the first.</summary>
internal sealed class FingerprintIgnored(BatchProcessor inner) : ChangedBatch(inner)
{
    protected override IReadOnlyList<ParsedDelivery> Change(IReadOnlyList<ParsedDelivery> batch) => WithCommands(batch, command => command with { Digest = command.Id.ToByteArray() });
}

/// <summary>Accepts whatever number the producer proposes.</summary>
internal sealed class ProposalIgnored(BatchProcessor inner) : ChangedBatch(inner)
{
    protected override IReadOnlyList<ParsedDelivery> Change(IReadOnlyList<ParsedDelivery> batch) => WithCommands(batch, command => command with { ProposedVersion = null, ProposedNonce = null });
}
