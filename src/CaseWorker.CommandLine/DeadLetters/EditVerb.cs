using System.CommandLine;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Parsing;
using Microsoft.Extensions.Options;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary><c>caseworker dead edit</c>: replays one dead letter with another body, where that is allowed.</summary>
internal static class EditVerb
{
    public static Command Create(CaseActionRegistry actions)
    {
        var id = new Argument<long>("ID") { Description = "The dead letter by its number." };
        var body = new Option<string>("--body") { Description = "A file with the whole new body as JSON; - reads standard input.", HelpName = "FILE", Required = true };
        var rebase = new Option<bool>("--rebase") { Description = "Proposes what the case is when it is applied, plus one; else the proposals stay." };
        var wait = JobFollower.Option();
        var verb = new Command(
            "edit",
            "Replays one dead letter with another body, under a new command id; shows what changes and asks. Off unless CaseWorker__EditDeadLetters=true, here and at the workers.")
        { id, body, rebase, wait };
        var deed = new DeedOptions(verb);
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var options = Settings.ReadOptions(Settings.Read());
            var editor = new LetterEditor(desk, new LetterCommands(new CommandReader(actions.Build(), options.Slots)), Options.Create(options));
            var edit = await PlanAsync(editor, deed.Read(parsed), parsed.GetValue(id), await ReadAsync(parsed.GetRequiredValue(body), cancellationToken), cancellationToken);
            if (!deed.IsJson(parsed))
            {
                Show(edit);
            }

            if (!deed.IsConfirmed(parsed, $"Replay dead letter {edit.Letter} with this body, under a new command id", change: new { before = edit.Before.Body, after = edit.After.Body }))
            {
                return Verbs.Ok;
            }

            var request = await editor.ApplyAsync(deed.Read(parsed), edit, parsed.GetValue(rebase), cancellationToken);
            return await JobFollower.ReportAsync(desk, request, parsed.GetValue(wait), deed.IsJson(parsed), cancellationToken);
        })));
        return verb;
    }

    private static async Task<LetterEdit> PlanAsync(LetterEditor editor, Deed deed, long id, string body, CancellationToken cancellationToken)
    {
        try
        {
            return await editor.PlanAsync(deed, id, body, cancellationToken);
        }
        catch (DeedRefusedException refusal)
        {
            throw new VerbException(string.Join('\n', [refusal.Message, .. refusal.Errors.Select(error => SafeText.OneLine($"  {error.Path}: {error.Message}"))]));
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken) =>
        file is "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);

    private static void Show(LetterEdit edit)
    {
        Verbs.Out.WriteLine($"Command {edit.Before.Id} ({edit.Before.ActionName}) of case {edit.Before.CaseReference}, before (-) and after (+):");
        foreach (var line in LineDiff.Of(PayloadText.Of(edit.Before.Body), PayloadText.Of(edit.After.Body)))
        {
            Console.WriteLine(SafeText.OneLine(line, 1_000));
        }
    }
}
