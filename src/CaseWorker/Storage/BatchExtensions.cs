using CaseWorker.DeadLetters;
using Npgsql;
using NpgsqlTypes;

namespace CaseWorker.Storage;

/// <summary>Positional parameters for a batch's statements.</summary>
internal static class BatchExtensions
{
    public static NpgsqlBatch Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value ?? DBNull.Value };
            if (value is null)
            {
                // A bare NULL has no type; every nullable single value here is a text, an id or a reference that PostgreSQL infers.
                parameter.NpgsqlDbType = NpgsqlDbType.Unknown;
            }

            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
        return batch;
    }

    public static NpgsqlBatch AddDeadLetters(this NpgsqlBatch batch, IReadOnlyCollection<DeadLetter> letters) => batch.Add(
        BatchSql.InsertDeadLetters,
        letters.Select(letter => letter.Kind).ToArray(),
        letters.Select(letter => letter.State).ToArray(),
        letters.Select(letter => letter.Reason).ToArray(),
        letters.Select(letter => letter.Detail).ToArray(),
        letters.Select(letter => letter.CommandId).ToArray(),
        letters.Select(letter => letter.CaseReference).ToArray(),
        letters.Select(letter => letter.Action).ToArray(),
        letters.Select(letter => letter.Exchange).ToArray(),
        letters.Select(letter => letter.RoutingKey).ToArray(),
        letters.Select(letter => letter.Headers).ToArray(),
        letters.Select(letter => letter.Body).ToArray(),
        letters.Select(letter => letter.Digest).ToArray(),
        letters.Select(letter => letter.Fingerprint).ToArray(),
        letters.Select(letter => letter.IsRedelivery).ToArray());
}
