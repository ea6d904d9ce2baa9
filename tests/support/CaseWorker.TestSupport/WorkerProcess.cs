using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace CaseWorker.TestSupport;

/// <summary>
/// A program of the repository as a real process: <c>caseworker</c> with any verb, the worker with an injected fault, a subscriber, or an example.
/// </summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder standardOutput = new();
    private readonly List<(string Text, TaskCompletionSource<string> Said)> listening = [];
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WorkerProcess(Process process, string signOfStart)
    {
        this.process = process;
        void Take(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
                listening.Where(listener => line?.Contains(listener.Text, StringComparison.Ordinal) == true).ToList().ForEach(listener => listener.Said.TrySetResult(line!));
            }

            if (line?.Contains(signOfStart, StringComparison.Ordinal) == true)
            {
                started.TrySetResult();
            }
        }

        process.OutputDataReceived += (_, line) =>
        {
            standardOutput.AppendLine(line.Data);
            Take(line.Data);
        };
        process.ErrorDataReceived += (_, line) => Take(line.Data);
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

    /// <summary>What the verb produces; complete once the process has ended.</summary>
    public string StandardOutput => standardOutput.ToString();

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>The executable <c>caseworker</c>.</summary>
    public static WorkerProcess CaseWorker(Workspace workspace, int batchLimit, params string[] arguments) =>
        CaseWorker(workspace.Environment(batchLimit).ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal), arguments);

    /// <param name="environment">Null takes a variable away.</param>
    /// <param name="arguments">The verb and its options.</param>
    public static WorkerProcess CaseWorker(IReadOnlyDictionary<string, string?> environment, params string[] arguments) =>
        Start("src/CaseWorker.Host", "CaseWorker.Host.dll", environment, arguments);

    /// <summary>The sample executable with actions and tables of its own.</summary>
    public static WorkerProcess Evidence(Workspace workspace, int batchLimit, params string[] arguments) =>
        Start("samples/Evidence", "evidence.dll", workspace.Environment(batchLimit).ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal), arguments);

    /// <summary>Any other program, such as <c>dotnet build</c>.</summary>
    public static WorkerProcess Program(IReadOnlyDictionary<string, string?> environment, string program, params string[] arguments) => Start(program, arguments, environment);

    /// <summary>The worker that dies at the <paramref name="count"/>-th time it reaches <paramref name="point"/>.</summary>
    /// <param name="workspace">Its servers.</param>
    /// <param name="batchLimit">Commands in one transaction.</param>
    /// <param name="point">Where it dies.</param>
    /// <param name="count">Which time.</param>
    /// <param name="bug">A bug that it has besides, by the name that the fault host gives it.</param>
    public static WorkerProcess Faulty(Workspace workspace, int batchLimit, string point, int count, params string[] bug) =>
        Start("tests/support/CaseWorker.FaultHost", "CaseWorker.FaultHost.dll", workspace.Environment(batchLimit).ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal), [point, count.ToString(CultureInfo.InvariantCulture), .. bug]);

    /// <summary>An application that handles outcomes with the client package and keeps them in the workspace's database.</summary>
    /// <param name="workspace">Its servers.</param>
    /// <param name="api">Where cases are read.</param>
    /// <param name="key">The key for it.</param>
    public static WorkerProcess Subscriber(Workspace workspace, Uri api, string key) => Start(
        "tests/support/CaseWorker.Subscriber",
        "CaseWorker.Subscriber.dll",
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["RabbitMq__Uri"] = workspace.Broker.ToString(),
            ["ConnectionStrings__Ledger"] = workspace.OwnerConnection,
            ["Api"] = api.ToString(),
            ["ApiKey"] = key,
        },
        []);

    /// <summary>A file of docs/examples, with the broker that it is to use.</summary>
    public static WorkerProcess Example(Workspace workspace, string program, string file, params string[] arguments) => Example(
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["RabbitMq__Uri"] = workspace.Broker.ToString(),
            ["RabbitMq__Management"] = workspace.Management,
            ["RabbitMq__VirtualHost"] = workspace.Broker.AbsolutePath.TrimStart('/'),
        },
        program,
        file,
        arguments);

    /// <summary>A file of docs/examples, with what it is to use in the environment.</summary>
    public static WorkerProcess Example(IReadOnlyDictionary<string, string?> environment, string program, string file, params string[] arguments) =>
        Start(program, [Path.Combine(PrivateServers.Repository, "docs", "examples", file), .. arguments], environment);

    /// <summary>Completes when the worker says that it is started.</summary>
    public async Task StartedAsync()
    {
        var first = await Task.WhenAny(started.Task, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(60));
        if (first != started.Task)
        {
            throw new InvalidOperationException($"The worker ended with {process.ExitCode} before it was started:\n{Output}");
        }
    }

    /// <summary>The first line, already written or still to come, that contains this text.</summary>
    public async Task<string> SaysAsync(string text, int seconds = 60)
    {
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (output)
        {
            if (output.ToString().Split(Environment.NewLine).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
            {
                return line;
            }

            listening.Add((text, said));
        }

        var first = await Task.WhenAny(said.Task, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromSeconds(seconds));
        return first == said.Task ? await said.Task : throw new InvalidOperationException($"The process ended with {process.ExitCode} and never said \"{text}\":\n{Output}");
    }

    /// <summary>Where its health is served.</summary>
    public async Task<Uri> AddressAsync()
    {
        const string sign = "Now listening on: ";
        var line = await SaysAsync(sign);
        return new Uri(line[(line.IndexOf(sign, StringComparison.Ordinal) + sign.Length)..].Trim());
    }

    public async Task<int> ExitAsync(int seconds = 120)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(seconds));
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
            var waiting = (await workspace.LookAsync(Enumerable.Range(0, workspace.Slots).Select(Contracts.CaseTopology.QueueOf))).Select(queue => queue.MessageCount);
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
    public void Terminate() => Signal("TERM");

    /// <summary>SIGSTOP: it stands still, and everything that it holds stays with it.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Thaw() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static WorkerProcess Start(string project, string assembly, IReadOnlyDictionary<string, string?> environment, IEnumerable<string> arguments)
    {
        // The tests' own bin folder ends in the configuration and the framework that the other projects were built for too.
        var tests = new DirectoryInfo(AppContext.BaseDirectory);
        return Start("dotnet", [Path.Combine(PrivateServers.Repository, project, "bin", tests.Parent!.Name, tests.Name, assembly), .. arguments], environment);
    }

    private static WorkerProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            if (value is null)
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return new WorkerProcess(new Process { StartInfo = start }, "Application started");
    }
}
