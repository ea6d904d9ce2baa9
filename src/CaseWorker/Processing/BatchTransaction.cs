using CaseWorker.Persistence;
using CaseWorker.Resilience;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace CaseWorker.Processing;

/// <summary>One batch's transaction, READ COMMITTED: EF Core and plain statements on one connection. Disposing it without <see cref="CommitAsync"/> undoes everything.</summary>
internal sealed class BatchTransaction : IAsyncDisposable
{
    private readonly IDbContextTransaction transaction;

    private BatchTransaction(CaseWorkerDbContext context, IDbContextTransaction transaction)
    {
        Context = context;
        this.transaction = transaction;
    }

    public CaseWorkerDbContext Context { get; }

    public NpgsqlConnection Connection => (NpgsqlConnection)Context.Database.GetDbConnection();

    public NpgsqlTransaction Transaction => (NpgsqlTransaction)transaction.GetDbTransaction();

    public static async Task<BatchTransaction> BeginAsync(IDbContextFactory<CaseWorkerDbContext> contexts)
    {
        var context = await contexts.CreateDbContextAsync();
        try
        {
            // A batch is done whole or not at all: savepoints would only cost round trips.
            context.Database.AutoSavepointsEnabled = false;
            return new BatchTransaction(context, await context.Database.BeginTransactionAsync());
        }
        catch
        {
            await context.DisposeAsync();
            throw;
        }
    }

    /// <summary>Statements that go to the server in one round trip.</summary>
    public StatementPipeline NewPipeline() => new(Connection, Transaction);

    /// <inheritdoc cref="DatabaseSession.KeepAliveAsync"/>
    public Task KeepAliveAsync() => DatabaseSession.KeepAliveAsync(Connection, Transaction);

    /// <exception cref="StoreFailureException">PostgreSQL meets a limit of its own, such as its queue of notifications: no command is to blame.</exception>
    public async Task CommitAsync()
    {
        try
        {
            await transaction.CommitAsync();
        }
        catch (PostgresException error) when (error.SqlState.StartsWith("54", StringComparison.Ordinal))
        {
            throw new StoreFailureException($"PostgreSQL cannot commit: {error.MessageText} ({error.SqlState}).", affectsOneCase: false, error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await Context.DisposeAsync();
    }
}
