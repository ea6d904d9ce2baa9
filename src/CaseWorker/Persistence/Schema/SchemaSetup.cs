using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace CaseWorker.Persistence.Schema;

/// <summary>Brings a database to this worker's schema, as its owner.</summary>
internal static class SchemaSetup
{
    /// <summary>Applies what is missing, then states the grants anew. Safe to run again, and by two at once.</summary>
    /// <param name="ownerConnectionString">Who owns the tables.</param>
    /// <param name="applicationLogin">The worker's login, made a member of <see cref="Roles.Application"/>.</param>
    /// <param name="warn">Told what PostgreSQL warns about.</param>
    /// <returns>The migrations that were applied now.</returns>
    public static async Task<IReadOnlyList<string>> ApplyAsync(string ownerConnectionString, string? applicationLogin, Action<string> warn, CancellationToken cancellationToken)
    {
        await using var database = NpgsqlDataSource.Create(ownerConnectionString);
        await using var context = NewContext(database);
        var missing = (await context.Database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        await context.Database.MigrateAsync(cancellationToken);

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        connection.Notice += (_, notice) =>
        {
            if (notice.Notice.Severity is "WARNING")
            {
                warn(notice.Notice.MessageText);
            }
        };
        await using var command = new NpgsqlCommand(Grants.Sql(applicationLogin), connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return missing;
    }

    /// <summary>The same as SQL, for those who apply it themselves. Runs on an empty database and on every earlier version.</summary>
    public static string Script()
    {
        // Nothing is connected: the generator only needs the provider.
        using var database = NpgsqlDataSource.Create("Host=localhost");
        using var context = NewContext(database);
        return context.GetService<IMigrator>().GenerateScript(options: MigrationsSqlGenerationOptions.Idempotent)
            + Environment.NewLine + Grants.Sql(applicationLogin: null) + Environment.NewLine;
    }

    /// <summary>The newest migration that this worker knows: the schema it needs.</summary>
    public static string NewestMigration()
    {
        using var database = NpgsqlDataSource.Create("Host=localhost");
        using var context = NewContext(database);
        return context.Database.GetMigrations().Last();
    }

    private static CaseWorkerDbContext NewContext(NpgsqlDataSource database) =>
        new((DbContextOptions<CaseWorkerDbContext>)new DbContextOptionsBuilder<CaseWorkerDbContext>().UseCaseWorker(database).Options);
}
