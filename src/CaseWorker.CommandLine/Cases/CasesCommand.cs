using System.CommandLine;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.CommandLine.Cases;

/// <summary><c>caseworker case show | history</c>: reads, never writes.</summary>
internal static class CasesCommand
{
    private const int DefaultLimit = 100;

    public static Command Create() => new("case", "Shows one case: its current state or its history.") { Show(), History() };

    private static Command Show()
    {
        var reference = Reference();
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var command = new Command("show", "Shows the current state of a case: its numbers, its JSON and its latest notes.") { reference, json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => WithDatabaseAsync(async context =>
        {
            var found = await CaseView.FindAsync(context, parsed.GetRequiredValue(reference), cancellationToken);
            if (found is null)
            {
                return NotThere($"Case {parsed.GetRequiredValue(reference)} does not exist.");
            }

            CaseText.Write(found, parsed.GetValue(json));
            return CommandRunner.Ok;
        })));
        return command;
    }

    private static Command History()
    {
        var reference = Reference();
        var limit = new Option<int>("--limit") { Description = "How many lines at most; the newest are kept.", DefaultValueFactory = _ => DefaultLimit, CustomParser = ArgumentParsers.Count("--limit", ArgumentParsers.MaxLines), HelpName = "lines" };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var command = new Command("history", "Shows the timeline of a case: events, conflicts, rejections, dead letters and operator actions.") { reference, limit, json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => WithDatabaseAsync(async context =>
        {
            var history = await CaseHistory.ReadAsync(context, parsed.GetRequiredValue(reference), HistoryPage.Newest(parsed.GetValue(limit)), cancellationToken);
            if (history.Entries.Count == 0)
            {
                return NotThere($"Case {parsed.GetRequiredValue(reference)} does not exist, and no command for it was ever recorded.");
            }

            if (parsed.GetValue(json))
            {
                history.WriteJson();
            }
            else
            {
                HistoryTable.Write(history);
            }

            return CommandRunner.Ok;
        })));
        return command;
    }

    private static Argument<long> Reference() => new("REF")
    {
        Description = "The case reference, a positive whole number such as 1600000000000010.",
        CustomParser = ArgumentParsers.CaseReference,
    };

    private static int NotThere(string sentence)
    {
        System.Console.Error.WriteLine(sentence);
        return CommandRunner.Failed;
    }

    private static async Task<int> WithDatabaseAsync(Func<CaseWorkerDbContext, Task<int>> run)
    {
        await using var services = new ServiceCollection().AddCaseWorkerStorage(ConnectionSettings.ReadDatabase(Settings.Read())).BuildServiceProvider();
        await using var context = await services.GetRequiredService<IDbContextFactory<CaseWorkerDbContext>>().CreateDbContextAsync();
        context.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await run(context);
    }
}
