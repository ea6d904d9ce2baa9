using System.CommandLine;
using System.Globalization;
using CaseWorker.Actions;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Persistence.Schema;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace CaseWorker.CommandLine.Schema;

/// <summary><c>caseworker db apply | script | assert | repair</c>.</summary>
internal static class SchemaCommand
{
    public static Command Create(CaseActionRegistry actions)
    {
        var apply = new Command("apply", $"Brings the schema up to date, as the owner ({ConnectionSettings.Variable(ConnectionSettings.OwnerSetting)} where it is set), and grants the roles.");
        apply.SetAction((_, cancellationToken) => CommandRunner.GuardAsync(() => ApplyAsync(actions, cancellationToken)));
        var script = new Command("script", "Prints the schema as SQL that runs on an empty database and on every earlier version.");
        script.SetAction((_, _) => CommandRunner.GuardAsync(() => ScriptAsync(actions)));
        var deep = new Option<bool>("--deep") { Description = "Also reads all events and cases once and checks that their numbers fit each other." };
        var assert = new Command("assert", "Checks whether the worker can start on this schema. Exit code: 0 yes, 1 no, 2 not reachable.") { deep };
        assert.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => AssertAsync(actions, parsed.GetValue(deep), cancellationToken)));
        var yes = new Option<bool>("--yes") { Description = "Repairs without asking." };
        var repair = new Command("repair", "Sets global_head to the number of the last event, as the owner. Says first what it changes, and what it cannot repair.") { yes };
        repair.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => RepairAsync(parsed.GetValue(yes), cancellationToken)));
        return new Command("db", "The database's schema.") { apply, script, assert, repair };
    }

    private static async Task<int> ApplyAsync(CaseActionRegistry actions, CancellationToken cancellationToken)
    {
        var configuration = Settings.Read();
        var applied = (await ApplySchemaAsync(configuration, cancellationToken))
            .Concat(await ActionSchema.ApplyAsync(actions, ConnectionSettings.ReadOwner(configuration), cancellationToken))
            .ToList();
        foreach (var migration in applied)
        {
            System.Console.WriteLine($"Applied {migration}");
        }

        System.Console.WriteLine(applied.Count == 0 ? "The schema is up to date; grants are stated anew." : "The schema is up to date.");
        return CommandRunner.Ok;
    }

    /// <summary>As the owner, with the worker's login made a member of the application's role.</summary>
    public static Task<IReadOnlyList<string>> ApplySchemaAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        var login = configuration[ConnectionSettings.DatabaseSetting] is { Length: > 0 } worker ? new NpgsqlConnectionStringBuilder(worker).Username : null;
        return SchemaSetup.ApplyAsync(
            ConnectionSettings.ReadOwner(configuration),
            login,
            warning => System.Console.Error.WriteLine($"Warning: {warning}"),
            cancellationToken);
    }

    private static Task<int> ScriptAsync(CaseActionRegistry actions)
    {
        System.Console.Write(SchemaSetup.Script() + ActionSchema.Script(actions));
        return Task.FromResult(CommandRunner.Ok);
    }

    private static async Task<int> AssertAsync(CaseActionRegistry actions, bool isDeep, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddSingleton(actions).AddCaseWorkerStorage(ConnectionSettings.ReadDatabase(Settings.Read())).BuildServiceProvider();
        var check = services.GetRequiredService<SchemaCheck>();
        var problems = await check.FindProblemsAsync(cancellationToken);
        foreach (var problem in problems)
        {
            System.Console.WriteLine(problem);
        }

        if (problems.Count > 0)
        {
            return CommandRunner.Failed;
        }

        foreach (var warning in await check.FindWarningsAsync(cancellationToken))
        {
            System.Console.Error.WriteLine($"Warning: {warning}");
        }

        System.Console.WriteLine("The schema fits this worker.");
        return isDeep ? await AssertStoreAsync(services.GetRequiredService<NpgsqlDataSource>(), cancellationToken) : CommandRunner.Ok;
    }

    private static async Task<int> AssertStoreAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var damage = await StoreCheck.FindDamageAsync(connection, cancellationToken);
        foreach (var sentence in damage)
        {
            System.Console.WriteLine(sentence);
        }

        System.Console.WriteLine(damage.Count == 0 ? "The numbers of all events and cases fit each other." : "The store is damaged.");
        return damage.Count == 0 ? CommandRunner.Ok : CommandRunner.Failed;
    }

    private static async Task<int> RepairAsync(bool isConfirmed, CancellationToken cancellationToken)
    {
        await using var database = NpgsqlDataSource.Create(ConnectionSettings.ReadOwner(Settings.Read()));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var state = await HeadRepair.FindAsync(connection, cancellationToken);
        if (!state.IsRight)
        {
            var repair = string.Create(CultureInfo.InvariantCulture, $"global_head is {state.Head?.ToString(CultureInfo.InvariantCulture) ?? "missing"} ({state.Rows} rows); set it to {state.LastEvent}, the number of the last event");
            if (!Confirmation.Ask(repair, isConfirmed))
            {
                System.Console.WriteLine("Nothing is changed.");
                return CommandRunner.Failed;
            }

            await HeadRepair.RepairAsync(connection, cancellationToken);
            System.Console.WriteLine($"Done: {repair}. Batches that waited go on by themselves.");
        }

        var rest = await StoreCheck.FindDamageAsync(connection, cancellationToken);
        foreach (var sentence in rest)
        {
            System.Console.WriteLine($"Cannot be repaired: {sentence}");
        }

        System.Console.WriteLine(rest.Count == 0 ? "The numbers of all events and cases fit each other." : "The store is still damaged.");
        return rest.Count == 0 ? CommandRunner.Ok : CommandRunner.Failed;
    }
}
