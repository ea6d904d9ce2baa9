using System.Text.Json.Nodes;

namespace CaseWorker.TestSupport;

/// <summary>What operators see in the database.</summary>
internal static class DatabaseState
{
    public static async Task<IReadOnlyList<StoredDeadLetter>> DeadLettersAsync(this Workspace workspace, string where = "true")
    {
        var deadLetters = new List<StoredDeadLetter>();
        await using var command = workspace.Database.CreateCommand($"SELECT kind, state, reason, detail, exchange, routing_key, headers::text, body, command_id FROM dead_letters WHERE {where} ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            deadLetters.Add(new StoredDeadLetter(
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

        return deadLetters;
    }
}

/// <summary>A row of <c>dead_letters</c>, as an operator sees it.</summary>
internal sealed record StoredDeadLetter(
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
