using Spectre.Console;

namespace CaseWorker.Benchmarks.Reporting;

/// <summary>The terminal; no colours and no narrow columns in a file or a pipe.</summary>
internal static class Screen
{
    public static IAnsiConsole Out { get; } = Create();

    private static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        plain.Profile.Width = 220;
        return plain;
    }
}
