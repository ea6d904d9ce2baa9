using System.Text.Json;
using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>Reads outcomes as they come over the wire.</summary>
internal static class OutcomeJson
{
    /// <summary>Reads an outcome. Null if the message is not one: any producer that knows a queue's name can write to it.</summary>
    public static CaseOutcome? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(body);
            return json.GetProperty("outcome").GetString() switch
            {
                "accepted" => json.Deserialize<CaseAccepted>(JsonSerializerOptions.Web),
                "conflicted" => json.Deserialize<CaseConflicted>(JsonSerializerOptions.Web),
                "rejected" => json.Deserialize<CaseRejected>(JsonSerializerOptions.Web),
                "parked" => json.Deserialize<CaseParked>(JsonSerializerOptions.Web),
                _ => null,
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
