using System.Diagnostics;
using CaseWorker.TestSupport;

namespace CaseWorker.Benchmarks.Arena;

/// <summary>
/// The contestants' programs, published as CaseWorker's image is: compiled ahead of time. Else the first minute of each run
/// measures the JIT compiler.
/// </summary>
internal static class Shipped
{
    private static string folder = "";

    /// <summary>CaseWorker's executable.</summary>
    public static string CaseWorker => Path.Combine(folder, "worker", "CaseWorker.Host.dll");

    /// <summary>This program itself, for its other modes.</summary>
    public static string Benchmarks => Path.Combine(folder, "benchmarks", "CaseWorker.Benchmarks.dll");

    /// <summary>The sample with actions of its own.</summary>
    public static string Evidence => Path.Combine(folder, "evidence", "evidence.dll");

    /// <param name="target">An own folder, for the time of this session.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task PublishAsync(string target, CancellationToken stop)
    {
        folder = target;
        await PublishAsync("src/CaseWorker.Host", "worker", stop);
        await PublishAsync("benchmarks/CaseWorker.Benchmarks", "benchmarks", stop);
        await PublishAsync("samples/Evidence", "evidence", stop);
    }

    private static async Task PublishAsync(string project, string name, CancellationToken stop)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = PrivateServers.Repository };
        foreach (var argument in (string[])
            ["publish", project, "--configuration", "Release", "--use-current-runtime", "--self-contained", "false", "-p:PublishReadyToRun=true", "--output", Path.Combine(folder, name), "--nologo", "--verbosity", "quiet"])
        {
            start.ArgumentList.Add(argument);
        }

        using var publish = Process.Start(start)!;
        var said = await publish.StandardOutput.ReadToEndAsync(stop);
        await publish.WaitForExitAsync(stop);
        if (publish.ExitCode != 0)
        {
            throw new BenchmarkException($"{project} cannot be published:\n{said}");
        }
    }
}
