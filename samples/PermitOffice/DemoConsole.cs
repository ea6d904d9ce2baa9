using CaseWorker;
using Spectre.Console;

namespace PermitOffice;

/// <summary>The demo's output, its exit codes, and errors as sentences instead of stack traces.</summary>
internal static class DemoConsole
{
    /// <summary>Every promise was kept.</summary>
    public const int Ok = 0;

    /// <summary>A promise was not kept.</summary>
    public const int Failed = 1;

    /// <summary>The demo could not run.</summary>
    public const int Unusable = 2;

    private const int Stopped = 130;

    /// <summary>Standard output: without colors and narrow columns in a file or a pipe.</summary>
    public static IAnsiConsole Out { get; } = Create(Console.IsOutputRedirected);

    /// <summary>Whether somebody can be asked to press Enter.</summary>
    public static bool IsTerminal => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OperationCanceledException)
        {
            return Stopped;
        }
        catch (Exception error) when (Explain(error) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return Unusable;
        }
    }

    /// <summary>A sentence for what a user can put right; null for a fault of the program, which keeps its stack trace.</summary>
    private static string? Explain(Exception error) => error is DemoException ? error.Message : CaseWorkerCommandLine.Explain(error);

    private static IAnsiConsole Create(bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Out),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            console.Profile.Width = 160;
        }

        return console;
    }
}

/// <summary>The demo cannot go on, for a reason that its user can put right.</summary>
internal sealed class DemoException(string message) : Exception(message);
