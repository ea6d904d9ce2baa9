namespace CaseWorker.IntegrationTests;

/// <summary>Tests that listen to the whole process or change it: each runs while nothing else does.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;
