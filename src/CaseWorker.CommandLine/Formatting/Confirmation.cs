using Spectre.Console;

namespace CaseWorker.CommandLine.Formatting;

/// <summary>Asks before something is changed that cannot be undone.</summary>
internal static class Confirmation
{
    /// <param name="sentence">What will be done, without a question mark.</param>
    /// <param name="isConfirmed">Whether <c>--yes</c> was passed.</param>
    /// <returns>True if it may be done.</returns>
    /// <exception cref="CommandException">There is no terminal to ask at.</exception>
    public static bool Ask(string sentence, bool isConfirmed)
    {
        if (isConfirmed)
        {
            return true;
        }

        return Console.IsInputRedirected || Console.IsOutputRedirected
            ? throw new CommandException($"{sentence}? Not a terminal. Pass --yes to confirm.")
            : CommandRunner.Out.Confirm($"{SafeMarkup.Of(sentence)}?", defaultValue: false);
    }
}
