using System.Text.RegularExpressions;

namespace CaseWorker.Configuration;

/// <summary>What people type to run a command of this program: hints name it. A team's own program has all commands under its own name.</summary>
internal static partial class ProgramName
{
    /// <summary>The tool of this repository, and where a program has no commands.</summary>
    public const string Tool = "caseworker";

    /// <summary>Safe to print, and in SQL: it has no quotes and no white space.</summary>
    public static string Value { get; private set; } = Tool;

    /// <summary>Called once, when a program runs commands.</summary>
    /// <param name="executable">The executable's name without its folder and extension.</param>
    public static void Set(string executable) => Value = Of(executable);

    public static string Of(string executable) => executable is "CaseWorker.Host" || !Plain().IsMatch(executable) ? Tool : executable;

    [GeneratedRegex(@"^[\p{L}\p{Nd}._-]+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Plain();
}
