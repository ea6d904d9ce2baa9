using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CaseWorker.IntegrationTests.World;

/// <summary>A program of the repository as a real process: <c>caseworker</c> with any verb, or the worker with a planted fault.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WorkerProcess(Process process, string signOfStart)
    {
        this.process = process;
        DataReceivedEventHandler take = (_, line) =>
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }

            if (line.Data?.Contains(signOfStart, StringComparison.Ordinal) == true)
            {
                started.TrySetResult();
            }
        };
        process.OutputDataReceived += take;
        process.ErrorDataReceived += take;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>The executable <c>caseworker</c>.</summary>
    public static WorkerProcess CaseWorker(Workspace workspace, int batchLimit, params string[] arguments) =>
        Start("src/CaseWorker.Host", "caseworker.dll", workspace.Environment(batchLimit), arguments);

    /// <summary>The worker that dies at the <paramref name="count"/>-th time it reaches <paramref name="point"/>.</summary>
    public static WorkerProcess Faulty(Workspace workspace, int batchLimit, string point, int count) =>
        Start("tests/CaseWorker.FaultHost", "CaseWorker.FaultHost.dll", workspace.Environment(batchLimit), [point, count.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Completes when the worker says that it is started.</summary>
    public async Task StartedAsync()
    {
        var first = await Task.WhenAny(started.Task, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(60));
        if (first != started.Task)
        {
            throw new InvalidOperationException($"The worker ended with {process.ExitCode} before it was started:\n{Output}");
        }
    }

    public async Task<int> ExitAsync(int seconds = 120)
    {
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(seconds));
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"The process did not end within {seconds} s:\n{Output}", error);
        }

        return process.ExitCode;
    }

    /// <summary>Runs a test's body; when that waits in vain, what the process printed and what the servers hold says why.</summary>
    public async Task ExplainAsync(Workspace workspace, Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (TimeoutException error)
        {
            var waiting = await Task.WhenAll(Enumerable.Range(0, workspace.Slots).Select(slot => workspace.ReadyAsync(Contracts.CaseTopology.QueueOf(slot))));
            throw new TimeoutException(
                $"""
                {error.Message}
                The database has {await workspace.CountAsync("case_events")} events and {await workspace.CountAsync("command_refusals")} refusals; ready in the slots' queues: {string.Join(", ", waiting)}.
                The worker printed:
                {Output}
                """,
                error);
        }
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => process.Kill();

    /// <summary>SIGTERM: please stop.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static WorkerProcess Start(string project, string assembly, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        // The tests' own bin folder ends in the configuration and the framework that the other projects were built for too.
        var tests = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(Servers.Repository, project, "bin", tests.Parent!.Name, tests.Name, assembly);
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(path);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new WorkerProcess(new Process { StartInfo = start }, "Application started");
    }
}
