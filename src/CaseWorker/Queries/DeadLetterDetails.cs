using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using CaseWorker.Persistence;

namespace CaseWorker.Queries;

/// <summary>A dead letter with its AMQP properties and its bytes, for programs, on the command line as over HTTP.</summary>
internal sealed record DeadLetterDetails : DeadLetterSummary
{
    public DeadLetterDetails(DeadLetter deadLetter)
        : base(deadLetter.Summary)
    {
        Headers = JsonElement.Parse(deadLetter.Headers);
        Body = Utf8.IsValid(deadLetter.Body) ? Encoding.UTF8.GetString(deadLetter.Body) : null;
        BodyBase64 = Convert.ToBase64String(deadLetter.Body);
    }

    [JsonPropertyOrder(1)]
    public JsonElement Headers { get; }

    /// <summary>The message as text; null if it is not UTF-8.</summary>
    [JsonPropertyOrder(1)]
    public string? Body { get; }

    /// <summary>The message, byte for byte.</summary>
    [JsonPropertyOrder(1)]
    public string BodyBase64 { get; }
}
