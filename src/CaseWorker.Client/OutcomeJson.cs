using System.Text.Json;
using CaseWorker.Client.Json;
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
            var json = JsonSerializer.Deserialize(body, OutcomesJson.Default.JsonElement);
            return json.GetProperty("outcome").GetString() switch
            {
                "accepted" => json.Deserialize(OutcomesJson.Default.CaseAccepted),
                "conflicted" => json.Deserialize(OutcomesJson.Default.CaseConflicted),
                "rejected" => json.Deserialize(OutcomesJson.Default.CaseRejected),
                "parked" => json.Deserialize(OutcomesJson.Default.CaseParked),
                _ => null,
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
