using CaseWorker.Contracts;
using CaseWorker.Leases;
using CaseWorker.Persistence;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.Queries;

/// <summary>One slot, as people see it.</summary>
/// <param name="Slot">0 to 63.</param>
/// <param name="Worker">Machine, process id and a random part.</param>
/// <param name="IsHeld">False if nobody has it, or its lease has expired.</param>
/// <param name="Epoch">How many holders it has had.</param>
/// <param name="HeldForSeconds">Since this worker took it.</param>
/// <param name="Depth">Commands that wait in its queue, without those in work; null if there is no queue.</param>
/// <param name="LagSeconds">How long its oldest command has been in work, as of the last renewal (2.5 s); null if none was.</param>
internal sealed record SlotStatus(int Slot, string? Worker, bool IsHeld, long Epoch, double? HeldForSeconds, uint? Depth, double? LagSeconds);

/// <summary>Reads them.</summary>
internal static class SlotStatuses
{
    /// <summary>Without the depths.</summary>
    public static async Task<List<SlotStatus>> ReadAsync(NpgsqlDataSource database, int count, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var found = (await connection.ListAsync(LeaseSql.Show, [count], Line, cancellationToken)).ToDictionary(line => line.Slot);
        return [.. Enumerable.Range(0, count).Select(slot => found.GetValueOrDefault(slot) ?? new SlotStatus(slot, null, IsHeld: false, 0, null, null, null))];
    }

    /// <summary>Null if there is no queue.</summary>
    public static async Task<IReadOnlyList<uint?>> DepthsAsync(IConnection connection, int count, CancellationToken cancellationToken)
    {
        var depths = new List<uint?>();
        IChannel? channel = null;
        foreach (var slot in Enumerable.Range(0, count))
        {
            channel ??= await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            try
            {
                depths.Add(await channel.MessageCountAsync(CaseTopology.QueueOf(slot), cancellationToken));
            }
            catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
            {
                // The broker says so by closing the channel.
                depths.Add(null);
                await channel.DisposeAsync();
                channel = null;
            }
        }

        if (channel is not null)
        {
            await channel.DisposeAsync();
        }

        return depths;
    }

    private static SlotStatus Line(NpgsqlDataReader row)
    {
        TimeSpan? Span(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<TimeSpan>(column);
        return new SlotStatus(row.GetInt32(0), row.IsDBNull(2) ? null : row.GetString(2), row.GetBoolean(3), row.GetInt64(1), Span(4)?.TotalSeconds, null, Span(5)?.TotalSeconds);
    }
}
