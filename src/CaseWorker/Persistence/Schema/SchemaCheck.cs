using CaseWorker.Actions;
using CaseWorker.Configuration;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>Compares the database with what this worker was built for.</summary>
internal sealed class SchemaCheck(IDbContextFactory<CaseWorkerDbContext> contexts, NpgsqlDataSource database, SessionCheck sessions, CaseActionRegistry actions)
{
    /// <summary>What is wrong, a sentence each; empty when the worker may start.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public async Task<IReadOnlyList<string>> FindProblemsAsync(CancellationToken cancellationToken)
    {
        // First: the connections below leave settings in a pooler.
        if (await sessions.FindProblemAsync(cancellationToken) is { } problem)
        {
            return [problem];
        }

        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        var known = context.Database.GetMigrations().ToList();
        var applied = await AppliedAsync(context, cancellationToken);
        var missing = known.Except(applied, StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            return [$"The schema lacks {string.Join(", ", missing)}. Run `{ProgramName.Value} db apply`."];
        }

        var newer = applied.Except(known, StringComparer.Ordinal).ToList();
        if (newer.Count > 0)
        {
            return [$"The schema is newer than this worker: it has {string.Join(", ", newer)}. Run the worker that belongs to it."];
        }

        var problems = new List<string>();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        problems.AddRange(await MissingColumnsAsync(context, connection, cancellationToken));
        problems.AddRange(await ServerCheck.FindProblemsAsync(connection, cancellationToken));
        problems.AddRange(await MissingRightsAsync(connection, cancellationToken));
        problems.AddRange(await ActionSchema.FindProblemsAsync(actions, database, cancellationToken));
        return problems;
    }

    /// <summary>What an operator should know though the worker can start.</summary>
    public async Task<IReadOnlyList<string>> FindWarningsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var warnings = await connection.ListAsync(
            $"""
            SELECT 'Login role ' || current_user || ' may change or delete events. Connect as a member of {Roles.Application} (`{ProgramName.Value} db apply` makes the role), so that the log is append-only.'
            WHERE has_table_privilege('case_events', 'UPDATE, DELETE, TRUNCATE')
            """,
            [],
            row => row.GetString(0),
            cancellationToken);
        return [.. warnings, .. await ServerCheck.FindWarningsAsync(connection, cancellationToken)];
    }

    private static async Task<IReadOnlyList<string>> AppliedAsync(CaseWorkerDbContext context, CancellationToken cancellationToken)
    {
        try
        {
            return [.. await context.Database.GetAppliedMigrationsAsync(cancellationToken)];
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new SettingException($"The login may not read the schema's history. Run `{ProgramName.Value} db apply` as the owner: it makes the worker's login a member of {Roles.Application}.");
        }
    }

    private static async Task<IReadOnlyList<string>> MissingColumnsAsync(CaseWorkerDbContext context, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = context.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables.SelectMany(table => table.Columns).ToList();
        var missing = await ColumnCheck.FindMissingAsync(connection, [.. columns.Select(column => (column.Table.Name, column.Name, column.StoreType))], cancellationToken);
        return [.. missing.Select(column => $"Column {column} is missing or has another type. Somebody changed the schema by hand; `{ProgramName.Value} db script` prints what it should be.")];
    }

    private static async Task<IEnumerable<string>> MissingRightsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT current_user || ' may not ' || needed.privilege || ' ' || needed.name || '. Run `{ProgramName.Value} db apply` as the owner.'
            FROM (VALUES ('case_data', 'INSERT'), ('case_data', 'UPDATE'), ('case_events', 'INSERT'), ('case_notes', 'INSERT'),
                         ('command_refusals', 'INSERT'), ('global_head', 'UPDATE'), ('dead_letters', 'INSERT')) AS needed (name, privilege)
            WHERE NOT has_table_privilege(needed.name, needed.privilege)
            UNION ALL
            SELECT 'The table global_head must have one row; it has ' || count(*) || '. Run `{ProgramName.Value} db repair` as the owner.' FROM global_head HAVING count(*) <> 1
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var problems = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            problems.Add(reader.GetString(0));
        }

        return problems;
    }
}
