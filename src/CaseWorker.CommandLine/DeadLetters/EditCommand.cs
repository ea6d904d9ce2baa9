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
internal static class EditCommand
{
    public static Command Create(CaseActionRegistry actions)
    {
        var id = new Argument<long>("ID") { Description = "The dead letter by its number.", CustomParser = ArgumentParsers.DeadLetterId };
        var body = new Option<string>("--body") { Description = "A file with the whole new body as JSON; - reads standard input.", HelpName = "FILE", Required = true };
        var rebase = new Option<bool>("--rebase") { Description = "Proposes what the case is when it is applied, plus one; else the proposals stay." };
        var wait = JobFollower.Option();
        var command = new Command(
            "edit",
            "Replays one dead letter with another body, under a new command id; shows what changes and asks. Off unless CaseWorker__EditDeadLetters=true, here and at the workers.")
        { id, body, rebase, wait };
        var action = new OperatorActionOptions(command);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var options = Settings.ReadOptions(Settings.Read());
            var editor = new DeadLetterEditor(operations, new DeadLetterReader(new CommandReader(actions.Build(), options.Slots)), Options.Create(options));
            var edit = await PlanAsync(editor, action.Read(parsed), parsed.GetValue(id), await ReadAsync(parsed.GetRequiredValue(body), cancellationToken), cancellationToken);
            if (!action.IsJson(parsed))
            {
                Show(edit);
            }

            if (!action.IsConfirmed(parsed, $"Replay dead letter {edit.DeadLetter} with this body, under a new command id", change: new { before = edit.Before.Body, after = edit.After.Body }))
            {
                return CommandRunner.Ok;
            }

            var request = await editor.ApplyAsync(action.Read(parsed), edit, parsed.GetValue(rebase), cancellationToken);
            return await JobFollower.ReportAsync(operations, request, parsed.GetValue(wait), action.IsJson(parsed), cancellationToken);
        })));
        return command;
    }

    private static async Task<DeadLetterEdit> PlanAsync(DeadLetterEditor editor, OperatorAction action, long id, string body, CancellationToken cancellationToken)
    {
        try
        {
            return await editor.PlanAsync(action, id, body, cancellationToken);
        }
        catch (OperatorActionRefusedException refusal)
        {
            throw new CommandException(string.Join('\n', [refusal.Message, .. refusal.Errors.Select(error => SafeText.OneLine($"  {error.Path}: {error.Message}"))]));
        }
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken) =>
        file is "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);

    private static void Show(DeadLetterEdit edit)
    {
        CommandRunner.Out.WriteLine($"Command {edit.Before.Id} ({edit.Before.ActionName}) of case {edit.Before.CaseReference}, before (-) and after (+):");
        foreach (var line in LineDiff.Of(PayloadText.Of(edit.Before.Body), PayloadText.Of(edit.After.Body)))
        {
            Console.WriteLine(SafeText.OneLine(line, 1_000));
        }
    }
}
