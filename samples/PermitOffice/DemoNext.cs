using Spectre.Console;

namespace PermitOffice;

/// <summary>What to try next: commands that work as they are printed, as long as the servers are there.</summary>
internal static class DemoNext
{
    /// <summary>A folder with an executable `caseworker` for these servers: infra/demo.sh makes it.</summary>
    private const string FolderSetting = "CASEWORKER_DEMO_BIN";

    public static void Write(Town town, DemoKey key, bool isKept)
    {
        DemoConsole.Out.WriteLine();
        DemoConsole.Out.MarkupLine("[bold]What to try next[/]");
        if (!isKept)
        {
            DemoConsole.Out.WriteLine("  --keep leaves the worker, its page and the servers running at the end, to look at. README.md has the rest.");
            return;
        }

        Console.WriteLine($"  The page for operators: {key.Page}");
        if (key.Text is { } text)
        {
            Console.WriteLine($"  Sign in with this key:  {text}");
        }

        Console.WriteLine("  In another terminal:");
        if (Environment.GetEnvironmentVariable(FolderSetting) is { Length: > 0 } folder)
        {
            Console.WriteLine($"    export PATH={folder}:$PATH");
        }

        DemoConsole.Out.Write(Commands(town));
    }

    /// <summary>Returns when Enter is pressed, when standard input ends, or on Ctrl-C.</summary>
    public static async Task UntilEnterAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(stopped.SetResult);
        Console.WriteLine("Press Enter to stop.");
        await Task.WhenAny(Task.Run(Console.In.ReadLine, CancellationToken.None), stopped.Task);
    }

    private static Grid Commands(Town town)
    {
        var grid = DemoSummary.NewGrid(Justify.Left);
        void Row(string command, string text) => grid.AddRow(new Text($"  caseworker {command}"), new Text(text));

        if (town.Permits.MaxBy(permit => permit.Conflicts) is { } busiest)
        {
            Row($"case history {busiest.Reference}", $"the permit with most conflicts ({busiest.Conflicts})");
            Row($"case show {busiest.Reference}", "its current state");
        }

        Row("dead list", "the messages that were no commands");
        Row("slots", "which worker serves which slot");
        Row("check", "broker, database, schema, workers");
        return grid;
    }
}
