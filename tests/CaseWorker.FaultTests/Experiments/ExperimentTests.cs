using CaseWorker.Histories.Experiments;

namespace CaseWorker.FaultTests.Experiments;

/// <summary>A short round of each experiment; infra/experiments.sh runs long ones.</summary>
public sealed class ExperimentTests(Servers servers)
{
    public static TheoryData<string> Names => [.. Experiment.All.Select(experiment => experiment.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task One_fault_under_load_breaks_no_promise(string name)
    {
        var seed = Random.Shared.Next(1_000_000);
        var result = await new Round(servers, commandCount: 500, faultCount: 1).RunAsync(Experiment.All.Single(experiment => experiment.Name == name), seed);
        result.Violations.ShouldBeEmpty($"infra/experiments.sh {name} --rounds 1 --commands 500 --faults 1 --seed {seed}");
    }
}
