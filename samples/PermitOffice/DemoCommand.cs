using System.CommandLine;
using System.CommandLine.Parsing;

namespace PermitOffice;

/// <summary>The demo's command line: a small town's permit office at work on the real worker.</summary>
internal static class DemoCommand
{
    /// <returns>The exit code: 0 every promise was kept, 1 one was not, 2 it could not run.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) });
        return parsed.Errors.Count > 0 ? DemoConsole.Unusable : code;
    }

    private static RootCommand Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long the office is open.", DefaultValueFactory = _ => 30, HelpName = "seconds" };
        seconds.Validators.Add(AtLeastOne);
        var seed = new Option<int>("--seed") { Description = "Which town: the same seed gives the same people, permits and scenes.", DefaultValueFactory = _ => 1, HelpName = "number" };
        var keep = new Option<bool>("--keep") { Description = "Keeps worker, page and servers at the end, until Enter is pressed or standard input ends. The default on a terminal." };
        var noKeep = new Option<bool>("--no-keep") { Description = "Stops at the end. The default elsewhere." };
        var verb = new RootCommand(
            """
            Shows a small town's permit office at work, on the real worker with your broker and database.

            Clerks open and edit permits and get into each other's way; others add notes; a machine sends everything twice. At the
            end the database is asked whether every promise was kept. The demo's cases stay there to be looked at.
            Exit code: 0 every promise was kept, 1 one was not, 2 it could not run.
            """)
        { seconds, seed, keep, noKeep };
        verb.SetAction((parsed, cancellationToken) => DemoConsole.GuardAsync(() => DemoRun.RunAsync(
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(seed),
            isKept: parsed.GetValue(keep) || (!parsed.GetValue(noKeep) && DemoConsole.IsTerminal),
            cancellationToken)));
        return verb;
    }

    private static void AtLeastOne(OptionResult result)
    {
        if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() is not (>= 1 and <= 3600))
        {
            result.AddError("--seconds takes 1 to 3600.");
        }
    }
}
