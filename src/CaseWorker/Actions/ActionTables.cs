using System.Reflection;
using System.Text.RegularExpressions;
using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Npgsql;

namespace CaseWorker.Actions;

/// <summary>A team's tables: how its context is made, what migrates them, and what the worker may do with them.</summary>
internal sealed partial class ActionTables
{
    private readonly ConstructorInfo constructor;
    private readonly DbContextOptions batchOptions;
    private readonly Func<NpgsqlDataSource, DbContextOptions> optionsOf;

    private ActionTables(Type contextType, string grants, ConstructorInfo constructor, DbContextOptions batchOptions, Func<NpgsqlDataSource, DbContextOptions> optionsOf)
    {
        ContextType = contextType;
        Grants = grants;
        this.constructor = constructor;
        this.batchOptions = batchOptions;
        this.optionsOf = optionsOf;
    }

    public Type ContextType { get; }

    /// <summary>What the worker may do with each table: privileges as GRANT takes them.</summary>
    public string Grants { get; }

    /// <summary>Its own history, so that a team's migrations and the product's never meet.</summary>
    public string HistoryTable => HistoryOf(ContextType);

    /// <exception cref="InvalidOperationException">The context or the grants cannot be used.</exception>
    public static ActionTables Of<TDb>(string grants)
        where TDb : DbContext
    {
        var constructor = typeof(TDb).GetConstructor([typeof(DbContextOptions<TDb>)])
            ?? throw new InvalidOperationException($"{typeof(TDb).Name} needs a public constructor that takes DbContextOptions<{typeof(TDb).Name}>.");
        if (!Privileges().IsMatch(grants))
        {
            throw new InvalidOperationException($"AddTables<{typeof(TDb).Name}> does not understand the grants \"{grants}\". Write for example \"SELECT, INSERT, UPDATE (withdrawn_at)\".");
        }

        return new ActionTables(
            typeof(TDb),
            grants,
            constructor,
            Finish(new DbContextOptionsBuilder<TDb>().UseNpgsql(npgsql => npgsql.MaxBatchSize(1000).MigrationsHistoryTable(HistoryOf(typeof(TDb))))),
            database => Finish(new DbContextOptionsBuilder<TDb>().UseNpgsql(database, npgsql => npgsql.MigrationsHistoryTable(HistoryOf(typeof(TDb))))));
    }

    /// <summary>A new context for one batch.</summary>
    public async Task<ActionContext> OpenAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        var db = New(batchOptions);
        db.Database.SetDbConnection(connection);
        await db.Database.UseTransactionAsync(transaction);
        return new ActionContext(db);
    }

    /// <summary>A context for the schema itself.</summary>
    public DbContext Open(NpgsqlDataSource database) => New(optionsOf(database));

    /// <summary>The tables of the model with their schema, where it names one.</summary>
    public static IReadOnlyList<ITable> TablesOf(DbContext db) => [.. db.GetService<IDesignTimeModel>().Model.GetRelationalModel().Tables];

    public static string Quote(ITable table) => table.Schema is { } schema ? $"{Quote(schema)}.{Quote(table.Name)}" : Quote(table.Name);

    /// <summary>A name as SQL takes it.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string HistoryOf(Type contextType) => $"__EFMigrations_{contextType.Name}";

    /// <summary>An extension may write its migrations by hand, without a model snapshot; the schema check compares with the database.</summary>
    private static DbContextOptions Finish(DbContextOptionsBuilder options) =>
        options.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning)).Options;

    private DbContext New(DbContextOptions options) => (DbContext)constructor.Invoke([options]);

    [GeneratedRegex(@"^(SELECT|INSERT|UPDATE|DELETE)( ?\([a-z0-9_]+(, ?[a-z0-9_]+)*\))?(, ?(SELECT|INSERT|UPDATE|DELETE)( ?\([a-z0-9_]+(, ?[a-z0-9_]+)*\))?)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Privileges();
}
