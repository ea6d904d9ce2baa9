using Npgsql;

namespace CaseWorker.Persistence;

/// <summary>Statements that go to the server together, in one round trip, each with a reader for its rows. Statements run in the order in which they are added.</summary>
/// <param name="connection">An open connection.</param>
/// <param name="transaction">The connection's transaction; null if it has none.</param>
internal sealed class StatementPipeline(NpgsqlConnection connection, NpgsqlTransaction? transaction)
{
    private readonly List<NpgsqlBatchCommand> commands = [];
    private readonly List<Func<NpgsqlDataReader, Task>> readers = [];

    /// <summary>True until a statement is added.</summary>
    public bool IsEmpty => commands.Count == 0;

    /// <summary>Adds a statement that gives no rows back.</summary>
    /// <param name="sql">One statement; its parameters are $1, $2 …</param>
    /// <param name="values">The parameters.</param>
    public void Add(string sql, params ReadOnlySpan<object?> values) => commands.Add(BatchExtensions.NewCommand(sql, values));

    /// <summary>Adds a statement that gives rows back.</summary>
    /// <param name="sql">One statement; its parameters are $1, $2 …</param>
    /// <param name="read">Reads one row.</param>
    /// <param name="values">The parameters.</param>
    /// <returns>The rows, known after <see cref="SendAsync"/>.</returns>
    public PendingRows<T> Query<T>(string sql, Func<NpgsqlDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        Add(sql, values);
        var pending = new PendingRows<T>();
        readers.Add(async reader => pending.Rows = await reader.ListAsync(read));
        return pending;
    }

    /// <summary>Runs all statements and reads their rows. A pipeline is sent once.</summary>
    /// <exception cref="PostgresException">A statement failed; none of those after it has run.</exception>
    public async Task SendAsync()
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        commands.ForEach(batch.BatchCommands.Add);
        await using var reader = await batch.ExecuteReaderAsync();
        foreach (var read in readers)
        {
            await read(reader);
            await reader.NextResultAsync();
        }
    }
}

/// <summary>The rows of a statement in a <see cref="StatementPipeline"/>.</summary>
internal sealed class PendingRows<T>
{
    private IReadOnlyList<T>? rows;

    /// <exception cref="InvalidOperationException">The pipeline has not been sent.</exception>
    public IReadOnlyList<T> Rows
    {
        get => rows ?? throw new InvalidOperationException("The pipeline of this statement has not been sent.");
        internal set => rows = value;
    }
}
