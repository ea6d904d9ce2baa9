using CaseWorker.Actions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Testing;

/// <summary>A team's tables in SQLite, in memory, made from the model. They exist as long as their connection is open.</summary>
internal sealed class TestTables : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Func<DbContext> newContext;

    private TestTables(SqliteConnection connection, Func<DbContext> newContext) => (this.connection, this.newContext) = (connection, newContext);

    public static TestTables Create<TDbContext>()
        where TDbContext : DbContext
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        var options = new DbContextOptionsBuilder<TDbContext>().UseSqlite(connection).Options;
        var tables = new TestTables(connection, () => (DbContext)Activator.CreateInstance(typeof(TDbContext), options)!);
        using var context = tables.Open();
        context.Database.EnsureCreated();
        return tables;
    }

    public DbContext Open() => newContext();

    public ActionContext OpenBatch() => new(Open());

    public void Add(IEnumerable<object> rows)
    {
        using var context = Open();
        context.AddRange(rows);
        context.SaveChanges();
    }

    public void Dispose() => connection.Dispose();
}
