using System.Diagnostics;
using Spectre.Console;

namespace CaseWorker.Histories.Experiments;

/// <summary>Some experiments, one after the other, each with a line that says how it went.</summary>
internal sealed class Run(IAnsiConsole console, int rounds, int seed, int commands, int faults)
{
    /// <returns>Whether every promise was kept.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<Experiment> experiments)
    {
        await using var servers = new PrivateServers();
        await servers.StartAsync();
        var isGood = true;
        foreach (var experiment in experiments)
        {
            isGood &= await RunAsync(servers, experiment);
        }

        return isGood;
    }

    private async Task<bool> RunAsync(PrivateServers servers, Experiment experiment)
    {
        var begin = Stopwatch.GetTimestamp();
        var results = new List<(int Seed, RoundResult Result)>();
        for (var round = 0; round < rounds; round++)
        {
            // Each round can be repeated alone: with its own seed, as the first.
            results.Add((seed + round, await new Round(servers, commands, faults).RunAsync(experiment, seed + round)));
        }

        var violations = results.SelectMany(round => round.Result.Violations.Select(violation => (round.Seed, violation))).ToList();
        console.MarkupLineInterpolated(System.Globalization.CultureInfo.InvariantCulture, $"{experiment.Name,-16} {rounds,4} rounds {results.Sum(round => round.Result.Faults),5} faults {results.Sum(round => round.Result.Commands),8} commands [{(violations.Count == 0 ? "green" : "red")}]{violations.Count,3} violations[/]  seed {seed}, {Stopwatch.GetElapsedTime(begin).TotalSeconds:N0} s");
        foreach (var (roundSeed, violation) in violations.Take(20))
        {
            console.WriteLine($"  seed {roundSeed}: {violation}");
        }

        return violations.Count == 0;
    }
}
