using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using CaseWorker.RabbitMq;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace PermitOffice;

/// <summary>One run: starts the worker, plays the scenes, asks the database, and tells what happened.</summary>
internal static class DemoRun
{
    /// <summary>How many permits one run can open; their references follow each other.</summary>
    private const long References = 1_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(TimeSpan length, int seed, bool isKept, CancellationToken cancellationToken)
    {
        var news = Board.IsLive ? new News(TimeSpan.FromMilliseconds(700), print: null) : new News(TimeSpan.Zero, System.Console.WriteLine);
        await using var worker = DemoWorker.Build(warning => news.Tell($"worker {warning[..Math.Min(20, warning.Length)]}", $"The worker warns: {warning}"));
        await DemoWorker.EnsureSchemaAsync(worker.Services, cancellationToken);
        System.Console.WriteLine("Starting the worker …");
        await worker.StartAsync(cancellationToken);
        await using var key = await DemoKey.TellAsync(worker, cancellationToken);

        var first = (DateTimeOffset.UtcNow.ToUnixTimeSeconds() * References) + 1;
        var (town, tally) = (new Town(seed, first), new DemoTally());
        await using var connection = await BrokerAdmin.ConnectAsync(ConnectionSettings.ReadBroker(worker.Configuration), "demo", cancellationToken);
        await using var client = await DemoClient.OpenAsync(connection, tally, worker.Services.GetRequiredService<IOptions<CaseWorkerOptions>>().Value.Slots, cancellationToken);
        await using var context = await worker.Services.GetRequiredService<IDbContextFactory<CaseWorkerDbContext>>().CreateDbContextAsync(cancellationToken);
        var promises = new Promises(context, first, first + References - 1, tally, worker.Services.GetRequiredService<CaseActionSet>());

        var play = PlayAsync(new Playwright(new Office(client, town, news, tally), town, tally), client, promises, tally, length, cancellationToken);
        await new Board(tally, news, town, length).ShowAsync(play);
        var kept = await promises.CheckAsync(allScenesEnded: await play);
        DemoSummary.Write(tally.Look(all: true), town, kept);
        DemoNext.Write(town, key, isKept);
        if (isKept)
        {
            await DemoNext.UntilEnterAsync(cancellationToken);
        }

        await worker.StopAsync(CancellationToken.None);
        return kept.All(promise => promise.IsKept) ? DemoConsole.Ok : DemoConsole.Failed;
    }

    /// <summary>Counts dead letters beside the play: they are the one thing that has no outcome.</summary>
    private static async Task<bool> PlayAsync(Playwright playwright, DemoClient client, Promises promises, DemoTally tally, TimeSpan length, CancellationToken cancellationToken)
    {
        var scenes = playwright.PlayAsync(length, Patience, cancellationToken);
        while (await Task.WhenAny(scenes, client.Lost, Task.Delay(1_000, CancellationToken.None)) != scenes)
        {
            if (client.Lost.IsCompleted)
            {
                throw new DemoException($"The connection to the broker was lost ({SafeText.OneLine(await client.Lost)}). Run `caseworker check`.");
            }

            tally.FoundDeadLetters(await promises.KeptAsync());
        }

        var allEnded = await scenes;
        for (var wait = 0; wait < 50 && await promises.KeptAsync() is var found; wait++)
        {
            tally.FoundDeadLetters(found);
            if (found == tally.Broken.Count)
            {
                break;
            }

            await Task.Delay(100, CancellationToken.None);
        }

        return allEnded;
    }
}
