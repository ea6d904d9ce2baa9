using System.Diagnostics;
using System.Globalization;
using System.Text;
using CaseWorker.Benchmarks.Arena;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>A process that we started, in a session of its own so that Ctrl-C is for us alone. Its errors are kept, for when it fails.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    /// <summary>What .NET's host says when it runs; our own modes say the same.</summary>
    public const string SignOfStart = "Application started";

    private readonly Process process;
    private readonly StringBuilder errors = new();

    private ChildProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
            {
                errors.AppendLine(line.Data);
            }
        };
        process.Start();
        process.BeginErrorReadLine();
    }

    /// <summary>`setsid` becomes the program that it starts.</summary>
    public int Id => process.Id;

    public string Errors
    {
        get
        {
            lock (errors)
            {
                return errors.ToString();
            }
        }
    }

    /// <summary>Another mode of this program.</summary>
    public static ChildProcess Self(string mode, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start(Shipped.Benchmarks, environment, [mode, .. arguments]);

    /// <summary>The worker as it is shipped.</summary>
    public static ChildProcess CaseWorker(IReadOnlyDictionary<string, string> environment) => Start(Shipped.CaseWorker, environment, ["run"]);

    /// <summary>The sample with actions and a table of its own.</summary>
    public static ChildProcess Evidence(IReadOnlyDictionary<string, string> environment, params string[] arguments) => Start(Shipped.Evidence, environment, arguments);

    public async Task WriteLineAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <returns>Null if the process has ended its output.</returns>
    public async Task<string?> ReadLineAsync(CancellationToken stop) => await process.StandardOutput.ReadLineAsync(stop);

    /// <summary>Waits for a line with this text.</summary>
    public async Task SaysAsync(string text, CancellationToken stop)
    {
        var said = new StringBuilder();
        while (await ReadLineAsync(stop) is { } line)
        {
            said.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        throw new BenchmarkException($"A contestant ended before it said \"{text}\":\n{said}{Errors}");
    }

    /// <summary>SIGTERM, and up to 40 seconds to finish.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static ChildProcess Start(string assembly, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (IEnumerable<string>)["dotnet", assembly, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(new Process { StartInfo = start });
    }

    /// <summary>From now on what it says is read and dropped, so that it never waits for us.</summary>
    public void DropOutput() => _ = DropAsync();

    private async Task DropAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is not null)
        {
        }
    }
}
