using System.CommandLine;
using CaseWorker.Histories.Experiments;
using Spectre.Console;

var names = new Argument<string[]>("NAME") { Description = "Which experiments; all where none is named.", Arity = ArgumentArity.ZeroOrMore };
names.AcceptOnlyFromAmong([.. Experiment.All.Select(experiment => experiment.Name)]);
var rounds = Number("--rounds", 3, "Rounds of each.");
var commands = Number("--commands", 4000, "Commands in a round.");
var faults = Number("--faults", 5, "Faults in a round.");
var seed = new Option<int>("--seed") { Description = "Repeats the run that printed it.", DefaultValueFactory = _ => Random.Shared.Next(1_000_000), HelpName = "number" };
var root = new RootCommand($"""
    Harms running workers and their servers under load, and checks afterwards that every promise was kept.

    {string.Join("\n", Experiment.All.Select(experiment => $"{experiment.Name,-16} {experiment.Summary}"))}

    A line for each experiment. Exit code: 0 every promise was kept, 1 one was not, 2 it could not run.
    """)
{ names, rounds, seed, commands, faults };
root.SetAction(async parsed =>
{
    var wanted = parsed.GetValue(names)!;
    var run = new Run(AnsiConsole.Console, parsed.GetValue(rounds), parsed.GetValue(seed), parsed.GetValue(commands), parsed.GetValue(faults));
    return await run.RunAsync([.. Experiment.All.Where(experiment => wanted.Length == 0 || wanted.Contains(experiment.Name))]) ? 0 : 1;
});
if (Console.IsOutputRedirected)
{
    // A line stays a line, however long.
    AnsiConsole.Profile.Width = 400;
    AnsiConsole.Profile.Capabilities.Ansi = false;
}

var line = root.Parse(args);
var code = await line.InvokeAsync();
return line.Errors.Count > 0 ? 2 : code;

static Option<int> Number(string name, int usual, string description)
{
    var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual, HelpName = "number" };
    option.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is < 1 or > 1_000_000)
        {
            result.AddError($"{name} takes 1 to 1000000.");
        }
    });
    return option;
}
