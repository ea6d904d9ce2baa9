using CaseWorker.Processing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.FaultHost.InjectedBugs;

/// <summary>Bugs that the history checker must catch. Each takes the place of a service of the worker's, after those are registered.</summary>
internal static class InjectedBug
{
    public static IReadOnlyDictionary<string, Action<IServiceCollection>> ByName { get; } = new Dictionary<string, Action<IServiceCollection>>(StringComparer.Ordinal)
    {
        ["look-up-before-lock"] = Processor<LookUpBeforeLock>,
        ["look-up-missing"] = Processor<LookUpMissing>,
        ["fingerprint-ignored"] = Processor<FingerprintIgnored>,
        ["proposal-ignored"] = Processor<ProposalIgnored>,
        ["batch-reversed"] = Processor<BatchReversed>,
        ["order-broken-by-one"] = Processor<OrderBrokenByOne>,
        ["transient-dead-lettered"] = Processor<TransientDeadLettered>,
        ["published-before-commit"] = Processor<PublishedBeforeCommit>,
        ["conflict-not-published"] = Processor<ConflictNotPublished>,
        ["repeat-not-published"] = Processor<RepeatNotPublished>,
        ["acknowledged-before-commit"] = services => services.AddSingleton<IConfigureReceiveEndpoint, AcknowledgedBeforeCommit>(),
    };

    private static void Processor<T>(IServiceCollection services)
        where T : class, IBatchProcessor => services.AddSingleton<IBatchProcessor, T>();
}
