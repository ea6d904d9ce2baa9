using System.CommandLine;
using CaseWorker.DeadLetters;
using Spectre.Console;

namespace CaseWorker.Host.DeadLetters;

/// <summary>What every verb that changes something asks for: who, why, and whether it is sure.</summary>
internal sealed class DeedOptions
{
    private readonly Option<string> reason = new("--reason") { Description = "Why; kept in the audit.", HelpName = "TEXT", Required = true };
    private readonly Option<string> who = new("--operator") { Description = "Who acts; kept in the audit.", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Says what would be done, and does nothing." };
    private readonly Option<bool> yes = new("--yes") { Description = "Does not ask." };

    public DeedOptions(Command verb)
    {
        verb.Add(reason);
        verb.Add(who);
        verb.Add(dryRun);
        verb.Add(yes);
        reason.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
            {
                result.AddError("--reason must say why.");
            }
        });
    }

    public Deed Read(ParseResult parsed) => new(parsed.GetRequiredValue(who), parsed.GetRequiredValue(reason));

    /// <summary>Shows the count first and asks.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sentence">What will be done, such as "Replay 3 dead letters".</param>
    /// <exception cref="VerbException">Nobody can be asked.</exception>
    public bool IsConfirmed(ParseResult parsed, string sentence)
    {
        if (parsed.GetValue(dryRun))
        {
            Verbs.Out.WriteLine($"{sentence}: nothing is done (--dry-run).");
            return false;
        }

        if (parsed.GetValue(yes))
        {
            return true;
        }

        if (System.Console.IsInputRedirected || System.Console.IsOutputRedirected)
        {
            throw new VerbException($"{sentence}? Nobody can be asked here: add --yes.");
        }

        return Verbs.Out.Confirm($"{SafeText.Markup(sentence)}?", defaultValue: false);
    }
}
