using System.Text.Json.Nodes;

namespace CaseWorker.IntegrationTests.World;

/// <summary>Waiting for what is to be seen in the database, where the product gives no signal: a dead letter has no outcome.</summary>
internal static class DatabaseState
{
    /// <summary>Asks again and again until the answer is this one; the limit is for a broken product, not for its speed.</summary>
    public static async Task UntilAsync(this Workspace workspace, string countSql, long expected, int seconds = 60)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        long? last = null;
        try
        {
            while ((last = await workspace.ScalarAsync<long>(countSql)) != expected)
            {
                await tick.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException error) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {seconds} s for {expected} from {countSql}; it gives {last}.", error);
        }
    }

    public static async Task<IReadOnlyList<StoredLetter>> DeadLettersAsync(this Workspace workspace, string where = "true")
    {
        var letters = new List<StoredLetter>();
        await using var command = workspace.Database.CreateCommand($"SELECT kind, state, reason, detail, exchange, routing_key, headers::text, body, command_id FROM dead_letters WHERE {where} ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            letters.Add(new StoredLetter(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetString(5),
                JsonNode.Parse(reader.GetString(6))!.AsObject(),
                reader.GetFieldValue<byte[]>(7),
                await reader.IsDBNullAsync(8) ? null : reader.GetGuid(8)));
        }

        return letters;
    }
}

/// <summary>A row of <c>dead_letters</c>, as an operator sees it.</summary>
internal sealed record StoredLetter(
    string Kind,
    string State,
    string Reason,
    string Detail,
    string Exchange,
    string RoutingKey,
    JsonObject Headers,
    byte[] Body,
    Guid? CommandId)
{
    /// <summary>A header of the message's own table.</summary>
    public JsonNode? Header(string name) => Headers["headers"]?[name];
}
