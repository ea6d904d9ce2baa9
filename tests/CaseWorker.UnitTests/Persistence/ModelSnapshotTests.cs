using CaseWorker.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Migrations.Design;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Npgsql.EntityFrameworkCore.PostgreSQL.Design.Internal;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Persistence;

/// <summary>The committed model snapshot against the model. No database is opened.</summary>
public sealed class ModelSnapshotTests : IAsyncDisposable
{
    private readonly NpgsqlDataSource database = NpgsqlDataSource.Create("Host=localhost");

    [Fact]
    public void The_model_has_no_changes_that_the_snapshot_does_not_have()
    {
        using var context = NewContext();

        context.Database.HasPendingModelChanges().ShouldBeFalse(
            $"The model has changed. Write a migration, and copy {Generate(context)} to src/CaseWorker/Persistence/Schema/Migrations.");
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    /// <summary>Writes the snapshot that EF Core generates from the model next to the tests.</summary>
    private static string Generate(CaseWorkerDbContext context)
    {
        var services = new ServiceCollection().AddEntityFrameworkDesignTimeServices().AddDbContextDesignTimeServices(context);
#pragma warning disable EF1001 // The provider's design-time services have no public entry but this one; `dotnet ef` uses it too.
        new NpgsqlDesignTimeServices().ConfigureDesignTimeServices(services);
#pragma warning restore EF1001
        using var provider = services.BuildServiceProvider();
        var snapshot = provider.GetRequiredService<IMigrationsScaffolder>()
            .ScaffoldMigration("Next", "CaseWorker", "Persistence.Schema.Migrations").SnapshotCode
            .Replace("    partial class", "    internal partial class", StringComparison.Ordinal);
        var path = Path.Combine(AppContext.BaseDirectory, "CaseWorkerDbContextModelSnapshot.cs");
        File.WriteAllText(path, snapshot);
        return path;
    }

    private CaseWorkerDbContext NewContext() =>
        new((DbContextOptions<CaseWorkerDbContext>)new DbContextOptionsBuilder<CaseWorkerDbContext>().UseCaseWorker(database).Options);
}
