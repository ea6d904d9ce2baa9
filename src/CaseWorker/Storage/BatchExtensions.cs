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

    public static NpgsqlBatch AddDeadLetter(this NpgsqlBatch batch, DeadLetter letter) => batch.Add(
        BatchSql.InsertDeadLetter,
        letter.Kind,
        letter.Reason,
        letter.Detail,
        letter.CommandId,
        letter.CaseReference,
        letter.Action,
        letter.Exchange,
        letter.RoutingKey,
        letter.Headers,
        letter.Body,
        letter.Digest,
        letter.IsRedelivery);
}
