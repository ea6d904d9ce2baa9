using System.CommandLine;
using System.Text.Json;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary><c>caseworker dead …</c>: finds, shows, replays and sets aside dead letters.</summary>
internal static class DeadLettersCommand
{
    private const int DefaultLimit = 50;

    public static Command Create(CaseActionRegistry actions) => new("dead", "Dead letters: commands that failed for a technical reason, those that wait behind them, and messages that are not commands.")
    {
        List(), Show(), Preview(actions), Replay(), Rebase(), EditCommand.Create(actions), Discard(), Restore(), Export(),
    };

    private static Command List()
    {
        var command = new Command("list", "Lists dead letters, one per line, oldest first.");
        var deadLetters = new DeadLetterOptions(command, hasState: true, reads: true);
        var limit = new Option<int>("--limit") { Description = "How many lines at most.", HelpName = "lines", DefaultValueFactory = _ => DefaultLimit, CustomParser = ArgumentParsers.Count("--limit", ArgumentParsers.MaxLines) };
        var json = Json(command, "Prints one JSON object per line.");
        command.Add(limit);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var filter = deadLetters.Read(parsed, DeadLetterStates.Open);
            var rows = await operations.ListAsync(filter, parsed.GetValue(limit), cancellationToken: cancellationToken);
            if (parsed.GetValue(json))
            {
                rows.ToList().ForEach(row => Console.WriteLine(DeadLetterJson.Of(row, withBody: false)));
            }
            else
            {
                DeadLetterListing.Write(rows, await operations.CountAsync(filter, cancellationToken));
            }

            return CommandRunner.Ok;
        })));
        return command;
    }

    private static Command Show()
    {
        var command = new Command("show", "Shows dead letters in full: what happened, the message's properties and its body as text.");
        var deadLetters = new DeadLetterOptions(command, hasState: true, reads: true);
        var json = Json(command, "Prints one JSON object per line.");
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var filter = deadLetters.Read(parsed, defaultState: null);
            var rows = await operations.ListAsync(filter, filter.Ids?.Count ?? DefaultLimit, cancellationToken: cancellationToken);
            if (rows.Count == 0)
            {
                await Console.Error.WriteLineAsync($"Dead letter not found. See `{ProgramName.Value} dead list --state all`.");
                return CommandRunner.Failed;
            }

            if (rows.Count == DefaultLimit && await operations.CountAsync(filter, cancellationToken) is > DefaultLimit and var count)
            {
                await Console.Error.WriteLineAsync($"The first {DefaultLimit} of {Numbers.Count(count)}; `{ProgramName.Value} dead export` prints all.");
            }

            foreach (var row in rows)
            {
                if (parsed.GetValue(json))
                {
                    Console.WriteLine(DeadLetterJson.Of(row, withBody: true));
                }
                else
                {
                    DeadLetterListing.WriteWhole(row);
                }
            }

            return CommandRunner.Ok;
        })));
        return command;
    }

    private static Command Preview(CaseActionRegistry actions)
    {
        var command = new Command("preview", "Shows what a replay would do now, case by case: up to 20 cases, 500 commands each. Everything runs in a transaction that is rolled back.");
        var deadLetters = new DeadLetterOptions(command, hasState: false, reads: true);
        var rebase = new Option<bool>("--rebase") { Description = "What a rebase would do." };
        var json = Json(command, "Prints one JSON object per line.");
        command.Add(rebase);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(async () =>
        {
            var configuration = Settings.Read();
            await using var services = new ServiceCollection().AddSingleton(actions)
                .AddReplayPreview(ConnectionSettings.ReadDatabase(configuration), Settings.ReadOptions(configuration)).BuildServiceProvider();
            var preview = await PreviewAsync(services.GetRequiredService<ReplayPreviewer>(), deadLetters.Read(parsed, DeadLetterStates.Open), parsed.GetValue(rebase), cancellationToken);
            if (preview.Cases.Count == 0)
            {
                await Console.Error.WriteLineAsync($"No case waits among these. See `{ProgramName.Value} dead list`.");
                return CommandRunner.Failed;
            }

            PreviewTable.Write(preview, parsed.GetValue(json));
            return CommandRunner.Ok;
        }));
        return command;
    }

    private static async Task<PreviewedReplay> PreviewAsync(ReplayPreviewer previewer, DeadLetterQuery filter, bool rebase, CancellationToken cancellationToken)
    {
        try
        {
            return await previewer.PreviewAsync(filter, rebase, cancellationToken);
        }
        catch (CaseBusyException busy)
        {
            throw new CommandException(busy.Message);
        }
    }

    private static Command Replay() => Apply(
        "replay",
        "Asks the workers to apply dead letters again, case by case: the head of the parked queue, then those behind it. It stops at the first of a case that fails again.",
        "Replay",
        (operations, action, filter, cancellationToken) => operations.ReplayAsync(action, filter, cancellationToken));

    private static Command Rebase() => Apply(
        "rebase",
        "Like replay, but under new command ids and with proposals of the time when each is applied: no proposal can be stale, and each may overwrite what its sender has not seen. The original ids never get an outcome.",
        "Rebase",
        (operations, action, filter, cancellationToken) => operations.RebaseAsync(action, filter, cancellationToken));

    private static Command Apply(string name, string description, string doing, Func<DeadLetterOperations, OperatorAction, DeadLetterQuery, CancellationToken, Task<ReplayRequest>> ask)
    {
        var command = new Command(name, description);
        var deadLetters = new DeadLetterOptions(command, hasState: false);
        var action = new OperatorActionOptions(command);
        var wait = JobFollower.Option();
        command.Add(wait);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var filter = deadLetters.Read(parsed, DeadLetterStates.Open);
            await RefuseUnreplayableAsync(operations, action.Read(parsed), name, filter, cancellationToken);
            var count = await operations.CountAsync(filter, cancellationToken);
            if (action.IsNothingToConfirm(parsed, count))
            {
                ReplayReport.Write(new ReplayRequest(Job: null, [], [], []), action.IsJson(parsed));
                return CommandRunner.Ok;
            }

            if (!action.IsConfirmed(parsed, $"{doing} {Numbers.Of(count, "dead letter")}, and the commands that wait behind them", count))
            {
                return CommandRunner.Ok;
            }

            return await JobFollower.ReportAsync(operations, await ask(operations, action.Read(parsed), filter, cancellationToken), parsed.GetValue(wait), action.IsJson(parsed), cancellationToken);
        })));
        return command;
    }

    private static Command Discard() => Change(
        "discard",
        "Sets dead letters aside without applying them; they can be restored. A case whose whole parked queue is discarded goes on.",
        DeadLetterStates.Open,
        "Discard",
        (operations, action, filter, progress, cancellationToken) => operations.DiscardAsync(action, filter, progress, cancellationToken));

    private static Command Restore() => Change(
        "restore",
        "Puts discarded or skipped dead letters back into the parked queue of their case, at their old position.",
        defaultState: null,
        "Restore",
        (operations, action, filter, progress, cancellationToken) => operations.RestoreAsync(action, filter, progress, cancellationToken));

    private static Command Change(string name, string description, string? defaultState, string doing, Func<DeadLetterOperations, OperatorAction, DeadLetterQuery, Action<int, int>, CancellationToken, Task<IReadOnlyList<long>>> change)
    {
        var command = new Command(name, description);
        var deadLetters = new DeadLetterOptions(command, hasState: false);
        var action = new OperatorActionOptions(command);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var filter = deadLetters.Read(parsed, defaultState);
            var count = defaultState is null
                ? await operations.CountAsync(filter with { State = DeadLetterStates.Discarded }, cancellationToken) + await operations.CountAsync(filter with { State = DeadLetterStates.Skipped }, cancellationToken)
                : await operations.CountAsync(filter, cancellationToken);
            if (action.IsNothingToConfirm(parsed, count))
            {
                WriteChanged(name, [], action.IsJson(parsed));
                return CommandRunner.Ok;
            }

            if (!action.IsConfirmed(parsed, $"{doing} {Numbers.Of(count, "dead letter")}", count))
            {
                return CommandRunner.Ok;
            }

            var changed = await change(operations, action.Read(parsed), filter, ReportProgress, cancellationToken);
            WriteChanged(name, changed, action.IsJson(parsed));
            return CommandRunner.Ok;
        })));
        return command;
    }

    private static void WriteChanged(string name, IReadOnlyList<long> changed, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { action = name, ids = changed }));
        }
        else
        {
            CommandRunner.Out.WriteLine(changed.Count == 0 ? "There was nothing to do." : $"{Numbers.Of(changed.Count, "dead letter")}: {name} done. Commands that still wait in a parked queue go on with `{ProgramName.Value} dead replay --case REF`.");
        }
    }

    /// <summary>One line per transaction if there are several.</summary>
    private static void ReportProgress(int done, int total)
    {
        if (total > ChangeableDeadLetter.MaxCases)
        {
            Console.Error.WriteLine($"{Numbers.Count(done)} of {Numbers.Of(total, "dead letter")} done");
        }
    }

    private static Command Export()
    {
        var command = new Command("export", $"Prints dead letters as JSON lines, including their bytes. --bodies prints only the messages, one per line, as `{ProgramName.Value} publish -` reads them.");
        var deadLetters = new DeadLetterOptions(command, hasState: true, reads: true);
        var bodies = new Option<bool>("--bodies") { Description = "Only the messages that are JSON objects, each on one line." };
        command.Add(bodies);
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => DeadLetterOptions.WithOperationsAsync(async operations =>
        {
            var filter = deadLetters.Read(parsed, defaultState: null);
            for (var after = 0L; ;)
            {
                var rows = (await operations.ListAsync(filter, DefaultLimit, after, cancellationToken)).ToList();
                if (rows.Count == 0)
                {
                    return CommandRunner.Ok;
                }

                after = rows[^1].Id;
                foreach (var line in rows.Select(row => parsed.GetValue(bodies) ? DeadLetterJson.BodyLine(row) : DeadLetterJson.Of(row, withBody: true)).OfType<string>())
                {
                    Console.WriteLine(line);
                }
            }
        })));
        return command;
    }

    /// <summary>What has no case or no order cannot be replayed in order; it can be published again.</summary>
    private static async Task RefuseUnreplayableAsync(DeadLetterOperations operations, OperatorAction action, string name, DeadLetterQuery filter, CancellationToken cancellationToken)
    {
        if (filter.Ids is null)
        {
            return;
        }

        var others = (await operations.ListAsync(filter, 1_000, cancellationToken: cancellationToken)).Where(row => row.Kind is not (DeadLetterKinds.Failed or DeadLetterKinds.Held)).ToList();
        if (others.Count > 0)
        {
            await operations.DenyAsync(action, name, filter, $"denied: dead letter {others[0].Id} is {others[0].Kind} and is in no parked queue", cancellationToken);
            throw new CommandException(
                $"Dead letter {others[0].Id} is {others[0].Kind}: it is in no parked queue, so it cannot be replayed. Where it is a command, publish it again: `{ProgramName.Value} dead export {others[0].Id} --bodies | caseworker publish -`, then discard it.");
        }
    }

    private static Option<bool> Json(Command command, string description)
    {
        var json = new Option<bool>("--json") { Description = description };
        command.Add(json);
        return json;
    }
}
