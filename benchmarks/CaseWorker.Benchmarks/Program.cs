using System.CommandLine;
using CaseWorker.Benchmarks;
using CaseWorker.Benchmarks.Ceilings;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Benchmarks.Textbook;
using CaseWorker.Benchmarks.Traffic;
using CaseWorker.TestSupport;

var rounds = new Option<int?>("--rounds") { Description = "Rounds; in each, the contestants take turns. Default 5, quick 1." };
var workloads = new Option<string?>("--workloads") { Description = $"Some of {string.Join(',', Workload.All.Select(one => one.Name))}. Default all, quick spread,hot,steady." };
var contestants = new Option<string?>("--contestants") { Description = $"Some of {string.Join(',', Contestant.All.Select(one => one.Name))}. Default all." };
var figures = new Option<string?>("--figures") { Description = $"Some of {string.Join(',', Figures.All)}. Default all." };
var commands = new Option<int?>("--commands") { Description = "Commands that CaseWorker drains; the textbook worker gets a twentieth of them, so that both take about as long; of large ones there are a twentieth. Default 120000, quick 8000." };
var millionCases = new Option<int?>("--million-cases") { Description = "Cases in the table of the workload `million`, with ten events each. Default 1000000." };
var permitFile = new Option<string?>("--permit-file") { Description = "The commands of the workload `permit`. Default ../shared/data/permit-applications.jsonl, seen from the repository." };
var quick = new Option<bool>("--quick") { Description = "One short round that shows that everything works. Its figures are rough." };
var publish = new Option<bool>("--publish") { Description = "Writes docs/performance.svg and docs/performance.json." };
var add = new Option<bool>("--add") { Description = "Adds to the results that are in the folder already, of sessions on the same machine: a long one can be done in parts." };
var output = new Option<string?>("--output") { Description = "Folder for performance.svg and performance.json. Default: results, beside the program." };

var root = new RootCommand("Measures CaseWorker beside a textbook worker and what broker and database can do at most, on servers of its own.")
{
    rounds, workloads, contestants, figures, commands, millionCases, permitFile, quick, publish, add, output,
};
root.SetAction((parsed, stop) => Session.RunAsync(Read(parsed), stop));

var broker = new Argument<string>("broker") { Description = "AMQP URI." };
var plan = new Argument<string>("plan") { Description = "File of ready-made commands." };
root.Add(Mode("traffic", [broker, plan], (parsed, _) => TrafficMode.RunAsync(new Uri(parsed.GetRequiredValue(broker)), parsed.GetRequiredValue(plan))));
root.Add(Mode(Contestant.Textbook.Name, [], (_, stop) => TextbookMode.RunAsync(stop)));
root.Add(Mode(Contestant.BrokerCeiling.Name, [], (_, stop) => BrokerCeiling.RunAsync(stop)));
root.Add(Mode(Contestant.DatabaseCeiling.Name, [plan], (parsed, _) => DatabaseCeiling.RunAsync(parsed.GetRequiredValue(plan))));

// On Ctrl-C contestants and servers are stopped, which takes a while.
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(120), EnableDefaultExceptionHandler = false };
try
{
    return await root.Parse(args).InvokeAsync(configuration);
}
catch (OperationCanceledException)
{
    return 130;
}
catch (BenchmarkException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 2;
}

Settings Read(ParseResult parsed)
{
    var isQuick = parsed.GetValue(quick);
    return new Settings
    {
        IsQuick = isQuick,
        Rounds = parsed.GetValue(rounds) ?? (isQuick ? 1 : 5),
        Workloads = [.. Choose(parsed.GetValue(workloads) ?? (isQuick ? "spread,hot,steady" : null), Workload.All, one => one.Name)
            .Select(one => one.IsShared && parsed.GetValue(millionCases) is { } cases ? one with { Cases = cases } : one)],
        Contestants = Choose(parsed.GetValue(contestants), Contestant.All, one => one.Name),
        Figures = Choose(parsed.GetValue(figures), Figures.All, one => one),
        Commands = parsed.GetValue(commands) ?? (isQuick ? 8_000 : 120_000),
        PermitFile = parsed.GetValue(permitFile) ?? Path.GetFullPath(Path.Combine(PrivateServers.Repository, "..", "shared", "data", "permit-applications.jsonl")),
        Adds = parsed.GetValue(add),
        StepSeconds = isQuick ? 2 : 4,
        SteadySeconds = isQuick ? 5 : 30,
        OutputFolder = parsed.GetValue(publish) ? Path.Combine(PrivateServers.Repository, "docs") : parsed.GetValue(output) ?? Path.Combine(AppContext.BaseDirectory, "results"),
    };
}

static IReadOnlyList<T> Choose<T>(string? names, IReadOnlyList<T> all, Func<T, string> nameOf) => names is null
    ? all
    : [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(name => all.FirstOrDefault(one => nameOf(one) == name) ?? throw new BenchmarkException($"There is no \"{name}\"; there are {string.Join(", ", all.Select(nameOf))}."))];

// How the contestants and the publisher are started by ourselves.
static Command Mode(string name, IEnumerable<Argument> arguments, Func<ParseResult, CancellationToken, Task<int>> run)
{
    var mode = new Command(name) { Hidden = true };
    foreach (var argument in arguments)
    {
        mode.Add(argument);
    }

    mode.SetAction(run);
    return mode;
}
