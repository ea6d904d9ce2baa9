using CaseWorker.Actions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>The schema of the teams' tables, beside the product's own: applied by the owner, checked by everybody.</summary>
internal static class ActionSchema
{
    /// <summary>Applies what is missing, then states the grants anew. After the product's own schema. Safe to run again, and by two at once.</summary>
    /// <returns>The migrations that were applied now.</returns>
    public static async Task<IReadOnlyList<string>> ApplyAsync(CaseActionRegistry actions, string ownerConnectionString, CancellationToken cancellationToken)
    {
        var applied = new List<string>();
        await using var database = NpgsqlDataSource.Create(ownerConnectionString);
        foreach (var tables in actions.Tables)
        {
            await using var context = tables.Open(database);
            applied.AddRange(await context.Database.GetPendingMigrationsAsync(cancellationToken));
            await context.Database.MigrateAsync(cancellationToken);
            await using var grants = database.CreateCommand(GrantSql(tables, context));
            await grants.ExecuteNonQueryAsync(cancellationToken);
        }

        return applied;
    }

    /// <summary>The same as SQL.</summary>
    public static string Script(CaseActionRegistry actions)
    {
        using var database = NpgsqlDataSource.Create("Host=localhost");
        return string.Concat(actions.Tables.Select(tables =>
        {
            using var context = tables.Open(database);
            return context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent)
                + Environment.NewLine + GrantSql(tables, context) + Environment.NewLine;
        }));
    }

    /// <summary>What keeps the worker from starting, a sentence each.</summary>
    public static async Task<IReadOnlyList<string>> FindProblemsAsync(CaseActionRegistry actions, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var tables in actions.Tables)
        {
            await using var context = tables.Open(database);
            problems.AddRange(await FindProblemsAsync(tables, context, database, cancellationToken));
        }

        return problems;
    }

    /// <summary>States the rights of all roles on these tables anew.</summary>
    private static string GrantSql(ActionTables registered, DbContext db)
    {
        var tables = string.Join(", ", ActionTables.TablesOf(db).Select(ActionTables.Quote));
        var readable = $"{tables}, {ActionTables.Quote(registered.HistoryTable)}";
        return $"""
            DO $grants$
            BEGIN
              IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{Roles.Viewer}') THEN GRANT SELECT ON {readable} TO {Roles.Viewer}; END IF;
              IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{Roles.Operator}') THEN GRANT SELECT ON {readable} TO {Roles.Operator}; END IF;
              IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{Roles.Application}') THEN
                REVOKE ALL ON {tables} FROM {Roles.Application};
                GRANT SELECT ON {ActionTables.Quote(registered.HistoryTable)} TO {Roles.Application};
                GRANT {registered.Grants} ON {tables} TO {Roles.Application};
              END IF;
            END $grants$;
            """;
    }

    private static async Task<IEnumerable<string>> FindProblemsAsync(ActionTables tables, DbContext context, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var name = tables.ContextType.Name;
        var known = context.Database.GetMigrations().ToList();
        IReadOnlyList<string> applied;
        try
        {
            applied = [.. await context.Database.GetAppliedMigrationsAsync(cancellationToken)];
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            return [$"The worker may not read which migrations of {name} are applied. Run `db apply` of this program as the owner."];
        }

        var missing = known.Except(applied, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            return [$"The tables of {name} lack {string.Join(", ", missing)}. Run `db apply` of this program."];
        }

        var newer = applied.Except(known, StringComparer.Ordinal).ToList();
        return newer.Count > 0
            ? [$"The tables of {name} are newer than this program: they have {string.Join(", ", newer)}. Run the program that belongs to them."]
            : await FindDifferencesAsync(tables, context, database, cancellationToken);
    }

    /// <summary>Columns of the model that the database does not have in that type, and tables that the worker may not read and write as registered.</summary>
    private static async Task<IEnumerable<string>> FindDifferencesAsync(ActionTables tables, DbContext context, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var wanted = ActionTables.TablesOf(context);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var columns = wanted.SelectMany(table => table.Columns.Select(column => (ActionTables.Quote(table), column.Name, column.StoreType))).ToList();
        var missing = await ColumnCheck.FindMissingAsync(connection, columns, cancellationToken);
        if (missing.Count > 0)
        {
            return missing.Select(column => $"Column {column} is missing or has another type. Compare the migrations with the model.");
        }

        var privileges = tables.Grants.Split([',', '(', ')', ' '], StringSplitOptions.RemoveEmptyEntries).Where(word => char.IsAsciiLetterUpper(word[0])).Distinct(StringComparer.Ordinal).ToArray();
        return await connection.ListAsync(
            """
            SELECT current_user || ' may not ' || privilege || ' ' || relation || '. Run `db apply` of this program as the owner.'
            FROM unnest($1::text[]) AS relation, unnest($2::text[]) AS privilege
            WHERE NOT CASE WHEN privilege = 'DELETE' THEN has_table_privilege(relation, privilege) ELSE has_any_column_privilege(relation, privilege) END
            """,
            [wanted.Select(ActionTables.Quote).ToArray(), privileges],
            row => row.GetString(0),
            cancellationToken);
    }
}
