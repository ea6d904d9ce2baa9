using System.Text.Json;
using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Json;

namespace CaseWorker.Actions;

/// <summary>A command of a team's action.</summary>
/// <typeparam name="TBody">Its body.</typeparam>
public sealed record CaseRequest<TBody>
{
    internal CaseRequest()
    {
    }

    /// <summary>The case's key, positive.</summary>
    public required long CaseReference { get; init; }

    /// <summary>As it was read and validated.</summary>
    public required TBody Body { get; init; }

    /// <summary>The command's id.</summary>
    public required Guid CommandId { get; init; }

    /// <summary>Who asks, as the command says; null if it says nothing.</summary>
    public required string? Actor { get; init; }

    /// <summary>As the command says; null if it says nothing.</summary>
    public required string? CorrelationId { get; init; }

    /// <summary>The time that the event will bear, by the database's clock. Use it for rows instead of a clock of one's own.</summary>
    public required DateTimeOffset RecordedAt { get; init; }
}

/// <summary>A case under its lock: nobody else changes it before the command is done.</summary>
public sealed class LockedCase
{
    private readonly CaseState state;

    internal LockedCase(CaseState state) => this.state = state;

    /// <summary>The case's key, positive.</summary>
    public long Reference => state.Reference;

    /// <summary>The JSON's version, from 1.</summary>
    public long Version => state.Version;

    /// <summary>The number of the case's last event, from 1.</summary>
    public long Nonce => state.Nonce;

    /// <summary>The number that the event of this command gets when it is accepted: what rows refer to it by.</summary>
    public long NextNonce => state.Nonce + 1;

    /// <summary>The case's JSON object.</summary>
    public JsonElement Blob => state.Blob.Value;

    /// <summary>A copy of the case's JSON to change and to give to <see cref="CaseAnswer.Accept(JsonObject, Action?)"/>.</summary>
    public JsonObject CopyBlob() => JsonNode.Parse(state.Blob.Text, documentOptions: new JsonDocumentOptions { MaxDepth = JsonLimits.MaxDepth + 1 })!.AsObject();
}

/// <summary>A command of a registered action with the time of its batch.</summary>
internal sealed record ActionCommand(Command Command, object Body, DateTimeOffset RecordedAt)
{
    public CaseRequest<TBody> As<TBody>() => new()
    {
        CaseReference = Command.CaseReference,
        Body = (TBody)Body,
        CommandId = Command.Id,
        Actor = Command.Actor,
        CorrelationId = Command.CorrelationId,
        RecordedAt = RecordedAt,
    };
}
