using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using CaseWorker.Json;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>What every command that changes something asks for: who, why, and whether it is sure.</summary>
internal sealed class OperatorActionOptions
{
    private static readonly JsonSerializerOptions Json = new() { MaxDepth = JsonLimits.MaxDepth * 2, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Option<string> reason = new("--reason") { Description = "Why; kept in the audit.", HelpName = "TEXT", Required = true };
    private readonly Option<string> who = new("--operator") { Description = "Who acts; kept in the audit.", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Says what would be done, and does nothing." };
    private readonly Option<bool> json = new("--json") { Description = "Prints one JSON object." };
    private readonly Option<bool> yes = new("--yes") { Description = "Does not ask." };

    public OperatorActionOptions(Command command)
    {
        command.Add(reason);
        command.Add(who);
        command.Add(dryRun);
        command.Add(yes);
        command.Add(json);
        reason.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
            {
                result.AddError("--reason must say why.");
            }
        });
    }

    public OperatorAction Read(ParseResult parsed) => new(parsed.GetRequiredValue(who), parsed.GetRequiredValue(reason));

    /// <summary>Whether a program reads what is printed.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(json);

    /// <summary>Whether there is nothing to ask about: nobody has to confirm that nothing is done.</summary>
    public bool IsNothingToConfirm(ParseResult parsed, long count) => count == 0 && !parsed.GetValue(dryRun) && !parsed.GetValue(yes);

    /// <summary>Shows the count first and asks.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="sentence">What will be done, such as "Replay 3 dead letters".</param>
    /// <param name="count">How many dead letters or jobs it is about.</param>
    /// <param name="change">What a program that tries it should see besides.</param>
    /// <exception cref="CommandException">The terminal is not interactive and <c>--yes</c> is missing.</exception>
    public bool IsConfirmed(ParseResult parsed, string sentence, long count = 1, object? change = null)
    {
        if (parsed.GetValue(dryRun))
        {
            if (IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { dryRun = true, would = sentence, count, change }, Json));
            }
            else
            {
                CommandRunner.Out.WriteLine($"{sentence}: nothing is done (--dry-run).");
            }

            return false;
        }

        return Confirmation.Ask(sentence, parsed.GetValue(yes));
    }
}
