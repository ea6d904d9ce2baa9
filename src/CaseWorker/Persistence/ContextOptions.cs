using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>EF Core's options, the same for the worker, the verbs and the tests.</summary>
internal static class ContextOptions
{
    public static DbContextOptionsBuilder UseCaseWorker(this DbContextOptionsBuilder options, NpgsqlDataSource database) => options
        .UseNpgsql(database)
        .ReplaceService<IDatabase, CaseRowsDatabase>();
}
