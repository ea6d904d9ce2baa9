using System.CommandLine;
using System.Text.Json;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Leases;
using CaseWorker.Parsing;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Spectre.Console;
using Command = System.CommandLine.Command;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary><c>caseworker dead …</c>: finds, shows, replays and sets aside dead letters.</summary>
internal static class DeadVerb
{
    private const int DefaultLimit = 50;

    /// <summary>Letters that a preview looks at.</summary>
    private const int PreviewLimit = 500;

    public static Command Create(CaseActionRegistry actions) => new("dead", "Dead letters: commands that failed for a technical reason, those that wait behind them, and messages that are no commands.")
    {
        List(), Show(), Preview(actions), Replay(), Rebase(), EditVerb.Create(actions), Discard(), Restore(), Export(),
    };

    private static Command List()
    {
        var verb = new Command("list", "Lists dead letters, a line each, the oldest first.");
        var letters = new LetterOptions(verb, hasState: true, reads: true);
        var limit = new Option<int>("--limit") { Description = "How many lines at most.", HelpName = "lines", DefaultValueFactory = _ => DefaultLimit };
        var json = Json(verb, "Prints one JSON object a line.");
        verb.Add(limit);
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var filter = letters.Read(parsed, LetterStates.Open);
            var rows = await desk.ListAsync(filter, parsed.GetValue(limit), cancellationToken: cancellationToken);
            if (parsed.GetValue(json))
            {
                rows.ToList().ForEach(row => Console.WriteLine(LetterJson.Of(row, withBody: false)));
            }
            else
            {
                LetterTable.Write(rows, await desk.CountAsync(filter, cancellationToken));
            }

            return Verbs.Ok;
        })));
        return verb;
    }

    private static Command Show()
    {
        var verb = new Command("show", "Shows dead letters whole: what happened, the message's properties and its bytes as text.");
        var letters = new LetterOptions(verb, hasState: true, reads: true);
        var json = Json(verb, "Prints one JSON object a line.");
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var filter = letters.Read(parsed, defaultState: null);
            var rows = await desk.ListAsync(filter, filter.Ids?.Count ?? DefaultLimit, cancellationToken: cancellationToken);
            if (rows.Count == 0)
            {
                await Console.Error.WriteLineAsync("There is no such dead letter. See `caseworker dead list --state all`.");
                return Verbs.Failed;
            }

            foreach (var row in rows)
            {
                if (parsed.GetValue(json))
                {
                    Console.WriteLine(LetterJson.Of(row, withBody: true));
                }
                else
                {
                    LetterTable.WriteWhole(row);
                }
            }

            return Verbs.Ok;
        })));
        return verb;
    }

    private static Command Preview(CaseActionRegistry actions)
    {
        var verb = new Command("preview", "Says what a replay would do now, case by case: everything is done in a transaction that is rolled back.");
        var letters = new LetterOptions(verb, hasState: false, reads: true);
        var rebase = new Option<bool>("--rebase") { Description = "What a rebase would do." };
        var json = Json(verb, "Prints one JSON object a line.");
        verb.Add(rebase);
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var rows = await desk.ListAsync(letters.Read(parsed, LetterStates.Open), PreviewLimit, cancellationToken: cancellationToken);
            var cases = rows.Where(row => row.Kind is DeadLetterKinds.Failed or DeadLetterKinds.Held).Select(row => row.CaseReference!.Value).Distinct().ToList();
            if (cases.Count == 0)
            {
                await Console.Error.WriteLineAsync("No case waits among these. See `caseworker dead list`.");
                return Verbs.Failed;
            }

            var configuration = Settings.Read();
            await using var services = new ServiceCollection().AddSingleton(actions).AddCaseWorkerStorage(ConnectionSettings.ReadDatabase(configuration)).BuildServiceProvider();
            var line = new LineReplay(
                services.GetRequiredService<IDbContextFactory<CaseWorkerDbContext>>(),
                services.GetRequiredService<NpgsqlDataSource>(),
                new LetterCommands(new CommandReader(actions.Build(), Settings.ReadOptions(configuration).Slots)),
                WorkerName.New());
            foreach (var reference in cases)
            {
                PreviewTable.Write(reference, await line.PreviewAsync(reference, PreviewLimit, parsed.GetValue(rebase)), parsed.GetValue(json));
            }

            return Verbs.Ok;
        })));
        return verb;
    }

    private static Command Replay() => Apply(
        "replay",
        "Asks the workers to apply dead letters again, case by case: the first of a line, then those behind it. It stops at the first of a case that fails again.",
        "Replay",
        (desk, deed, filter, cancellationToken) => desk.ReplayAsync(deed, filter, cancellationToken));

    private static Command Rebase() => Apply(
        "rebase",
        "Like replay, but under new command ids and with proposals of the time when each is applied: no proposal can be stale, and each may overwrite what its sender has not seen. The original ids never get an outcome.",
        "Rebase",
        (desk, deed, filter, cancellationToken) => desk.RebaseAsync(deed, filter, cancellationToken));

    private static Command Apply(string name, string description, string doing, Func<OperatorDesk, Deed, LetterFilter, CancellationToken, Task<ReplayRequest>> ask)
    {
        var verb = new Command(name, description);
        var letters = new LetterOptions(verb, hasState: false);
        var deed = new DeedOptions(verb);
        var wait = JobFollower.Option();
        verb.Add(wait);
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var filter = letters.Read(parsed, LetterStates.Open);
            await RefuseUnreplayableAsync(desk, deed.Read(parsed), name, filter, cancellationToken);
            var count = await desk.CountAsync(filter, cancellationToken);
            if (!deed.IsConfirmed(parsed, $"{doing} {Numbers.Of(count, "dead letter")}, and the commands that wait behind them", count))
            {
                return Verbs.Ok;
            }

            return await JobFollower.ReportAsync(desk, await ask(desk, deed.Read(parsed), filter, cancellationToken), parsed.GetValue(wait), deed.IsJson(parsed), cancellationToken);
        })));
        return verb;
    }

    private static Command Discard() => Change(
        "discard",
        "Sets dead letters aside without applying them; they can be restored. A case whose whole line is discarded goes on.",
        LetterStates.Open,
        "Discard",
        (desk, deed, filter, cancellationToken) => desk.DiscardAsync(deed, filter, cancellationToken));

    private static Command Restore() => Change(
        "restore",
        "Puts discarded or skipped dead letters back into the line of their case, at their old place.",
        defaultState: null,
        "Restore",
        (desk, deed, filter, cancellationToken) => desk.RestoreAsync(deed, filter, cancellationToken));

    private static Command Change(string name, string description, string? defaultState, string doing, Func<OperatorDesk, Deed, LetterFilter, CancellationToken, Task<IReadOnlyList<long>>> change)
    {
        var verb = new Command(name, description);
        var letters = new LetterOptions(verb, hasState: false);
        var deed = new DeedOptions(verb);
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var filter = letters.Read(parsed, defaultState);
            var count = defaultState is null
                ? await desk.CountAsync(filter with { State = LetterStates.Discarded }, cancellationToken) + await desk.CountAsync(filter with { State = LetterStates.Skipped }, cancellationToken)
                : await desk.CountAsync(filter, cancellationToken);
            if (!deed.IsConfirmed(parsed, $"{doing} {Numbers.Of(count, "dead letter")}", count))
            {
                return Verbs.Ok;
            }

            var changed = await change(desk, deed.Read(parsed), filter, cancellationToken);
            if (deed.IsJson(parsed))
            {
                Console.WriteLine(JsonSerializer.Serialize(new { action = name, ids = changed }));
            }
            else
            {
                Verbs.Out.WriteLine(changed.Count == 0 ? "There was nothing to do." : $"{Numbers.Of(changed.Count, "dead letter")}: {name} done. Commands that still wait in a line go on with `caseworker dead replay --case REF`.");
            }

            return Verbs.Ok;
        })));
        return verb;
    }

    private static Command Export()
    {
        var verb = new Command("export", "Prints dead letters as JSON lines, with their bytes; --bodies prints the messages alone, a line each, as `caseworker publish -` reads them.");
        var letters = new LetterOptions(verb, hasState: true, reads: true);
        var bodies = new Option<bool>("--bodies") { Description = "Only the messages that are JSON objects, each on one line." };
        verb.Add(bodies);
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => LetterOptions.WithDeskAsync(async desk =>
        {
            var filter = letters.Read(parsed, defaultState: null);
            for (var after = 0L; ;)
            {
                var rows = (await desk.ListAsync(filter, DefaultLimit, after, cancellationToken)).ToList();
                if (rows.Count == 0)
                {
                    return Verbs.Ok;
                }

                after = rows[^1].Id;
                foreach (var line in rows.Select(row => parsed.GetValue(bodies) ? LetterJson.BodyLine(row) : LetterJson.Of(row, withBody: true)).OfType<string>())
                {
                    Console.WriteLine(line);
                }
            }
        })));
        return verb;
    }

    /// <summary>What has no case or no order cannot be replayed in order; it can be published again.</summary>
    private static async Task RefuseUnreplayableAsync(OperatorDesk desk, Deed deed, string action, LetterFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Ids is null)
        {
            return;
        }

        var others = (await desk.ListAsync(filter, 1_000, cancellationToken: cancellationToken)).Where(row => row.Kind is not (DeadLetterKinds.Failed or DeadLetterKinds.Held)).ToList();
        if (others.Count > 0)
        {
            await desk.DenyAsync(deed, action, filter, $"denied: dead letter {others[0].Id} is {others[0].Kind} and stands in no line", cancellationToken);
            throw new VerbException(
                $"Dead letter {others[0].Id} is {others[0].Kind}: it stands in no line, so it cannot be replayed. Where it is a command, publish it again: `caseworker dead export {others[0].Id} --bodies | caseworker publish -`, then discard it.");
        }
    }

    private static Option<bool> Json(Command verb, string description)
    {
        var json = new Option<bool>("--json") { Description = description };
        verb.Add(json);
        return json;
    }
}
