using System.CommandLine;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using Npgsql;
using Spectre.Console;

namespace CaseWorker.CommandLine.Keys;

/// <summary><c>caseworker key create | list | revoke</c>: who may use the HTTP API and the dashboard.</summary>
internal static class KeysCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var owner = ConnectionSettings.Variable(ConnectionSettings.OwnerSetting);
        return new Command("key", $"Keys for the HTTP API and the dashboard. Created and revoked as the schema's owner ({owner} if it is set).")
        {
            New(),
            List(),
            Revoke(),
        };
    }

    private static Command New()
    {
        var name = new Option<string>("--name") { Description = "Whose it is: the name that the audit shows.", HelpName = "NAME", Required = true };
        var scope = new Option<string>("--scope") { Description = "viewer reads; operator also deals with dead letters; editor also sends commands and edits dead letters.", HelpName = "SCOPE", DefaultValueFactory = _ => AccessScope.Viewer };
        scope.AcceptOnlyFromAmong([.. AccessScope.All]);
        name.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { Length: > 0 and <= 100 } text || string.IsNullOrWhiteSpace(text))
            {
                result.AddError("--name takes 1 to 100 characters.");
            }
        });
        var verb = new Command("create", "Creates a key and prints it once. Only its hash is stored.") { name, scope };
        verb.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => WithStoreAsync(async store =>
        {
            System.Console.WriteLine(await store.CreateAsync(parsed.GetRequiredValue(name), parsed.GetRequiredValue(scope), cancellationToken));
            await System.Console.Error.WriteLineAsync("Keep it now: it cannot be shown again. Programs send it as `Authorization: Bearer KEY`; people sign in with it below /ops.");
            return CommandRunner.Ok;
        })));
        return verb;
    }

    private static Command List()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object per line." };
        var verb = new Command("list", "Lists the keys, without their secrets.") { json };
        verb.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => WithStoreAsync(async store =>
        {
            var keys = await store.ListAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                keys.ToList().ForEach(key => System.Console.WriteLine(JsonSerializer.Serialize(key, Json)));
                return CommandRunner.Ok;
            }

            if (keys.Count == 0)
            {
                CommandRunner.Out.WriteLine($"There are no keys. `{ProgramName.Value} key create --name NAME` makes one.");
                return CommandRunner.Ok;
            }

            var table = new Table().Border(TableBorder.Simple).AddColumn("id").AddColumn("name").AddColumn("scope").AddColumn("created").AddColumn("revoked");
            foreach (var key in keys)
            {
                table.AddRow(key.Id, SafeMarkup.Of(key.Name, 60), key.Scope, Times.Full(key.CreatedAt), key.RevokedAt is { } at ? Times.Full(at) : "");
            }

            CommandRunner.Out.Write(table);
            return CommandRunner.Ok;
        })));
        return verb;
    }

    private static Command Revoke()
    {
        var id = new Argument<string>("ID") { Description = $"The key's id, as `{ProgramName.Value} key list` shows it." };
        var verb = new Command("revoke", "Revokes a key at once, also for users who are signed in with it.") { id };
        verb.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => WithStoreAsync(async store =>
        {
            if (await store.RevokeAsync(parsed.GetRequiredValue(id), cancellationToken))
            {
                CommandRunner.Out.WriteLine("The key is revoked.");
                return CommandRunner.Ok;
            }

            await System.Console.Error.WriteLineAsync($"There is no such key, or it was revoked before. `{ProgramName.Value} key list` shows all.");
            return CommandRunner.Failed;
        })));
        return verb;
    }

    private static async Task<int> WithStoreAsync(Func<ApiKeyTable, Task<int>> verb)
    {
        await using var database = NpgsqlDataSource.Create(ConnectionSettings.ReadOwner(Settings.Read()));
        try
        {
            return await verb(new ApiKeyTable(database));
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new CommandException($"Only the schema's owner may deal with keys. Set {ConnectionSettings.Variable(ConnectionSettings.OwnerSetting)}.");
        }
    }
}
