using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Client.Json;
using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Creates commands from typed bodies. System.Text.Json writes the body, with its web defaults (camelCase) unless other options are given.
/// Each command gets a new id, ordered by time, unless one is given. Keep the command, or its id, until its outcome is known: a retry must
/// have the same id. Set the actor and other optional fields with <c>with { Actor = "ada" }</c>. A program that is trimmed or compiled ahead
/// of time passes the options of a <see cref="JsonSerializerContext"/> that knows the body's type.
/// </summary>
public static class CaseCommands
{
    /// <summary>Creates a command that creates a case.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="body">The case's whole JSON object.</param>
    /// <param name="commandId">The command's id; a new one by default.</param>
    /// <param name="json">Options for writing the body; System.Text.Json's web defaults by default.</param>
    /// <exception cref="ArgumentException">The reference is not positive, the id is all zeros, or the body is not a JSON object.</exception>
    public static CaseCommand Create<TBody>(long caseReference, TBody body, Guid? commandId = null, JsonSerializerOptions? json = null) =>
        OnBlob(CaseActions.CaseCreate, caseReference, body, proposedVersion: null, proposedNonce: null, commandId, json);

    /// <summary>Creates a command that replaces a case's JSON.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="body">The whole new JSON object.</param>
    /// <param name="proposedVersion">The case's version after this change: the last version seen, plus one. Required unless <paramref name="proposedNonce"/> is given. If both are given, both must match.</param>
    /// <param name="proposedNonce">The number of this change's event in its case: the last nonce seen, plus one.</param>
    /// <param name="commandId">The command's id; a new one by default.</param>
    /// <param name="json">Options for writing the body; System.Text.Json's web defaults by default.</param>
    /// <exception cref="ArgumentException">The reference is not positive, the id is all zeros, the body is not a JSON object, or no version or nonce is proposed, or one below 1.</exception>
    public static CaseCommand Replace<TBody>(
        long caseReference, TBody body, long? proposedVersion = null, long? proposedNonce = null, Guid? commandId = null, JsonSerializerOptions? json = null)
    {
        NeedProposal(CaseActions.CaseReplace, proposedVersion, proposedNonce);
        return OnBlob(CaseActions.CaseReplace, caseReference, body, proposedVersion, proposedNonce, commandId, json);
    }

    /// <summary>Creates a command that changes parts of a case's JSON.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="patch">A JSON merge patch (RFC 7396), an object. A property that is null removes the property of that name.</param>
    /// <param name="proposedVersion">The case's version after this change: the last version seen, plus one. Required unless <paramref name="proposedNonce"/> is given. If both are given, both must match.</param>
    /// <param name="proposedNonce">The number of this change's event in its case: the last nonce seen, plus one.</param>
    /// <param name="commandId">The command's id; a new one by default.</param>
    /// <param name="json">Options for writing the patch; System.Text.Json's web defaults by default.</param>
    /// <exception cref="ArgumentException">The reference is not positive, the id is all zeros, the patch is not a JSON object, or no version or nonce is proposed, or one below 1.</exception>
    public static CaseCommand Merge<TPatch>(
        long caseReference, TPatch patch, long? proposedVersion = null, long? proposedNonce = null, Guid? commandId = null, JsonSerializerOptions? json = null)
    {
        NeedProposal(CaseActions.CaseMerge, proposedVersion, proposedNonce);
        return OnBlob(CaseActions.CaseMerge, caseReference, patch, proposedVersion, proposedNonce, commandId, json);
    }

    /// <summary>Creates a command that adds a note to a case. It does not change the case's JSON, and conflicts only if it proposes a nonce.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="text">The note, at most 64 KiB of UTF-8.</param>
    /// <param name="proposedNonce">The number of the note's event in its case. Give it only if nothing else may have happened meanwhile.</param>
    /// <param name="commandId">The command's id; a new one by default.</param>
    /// <exception cref="ArgumentException">The reference is not positive, the id is all zeros, or the nonce is below 1.</exception>
    public static CaseCommand AddNote(long caseReference, string text, long? proposedNonce = null, Guid? commandId = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Of(CaseActions.NoteAdd, caseReference, new NoteBody(text), proposedNonce: proposedNonce, commandId: commandId, json: BodyJson.Default.Options);
    }

    /// <summary>Creates a command for any action, for example one that was registered with the worker.</summary>
    /// <param name="action">The action's name, 1 to 256 characters.</param>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="body">The action's content.</param>
    /// <param name="proposedVersion">The case's version after this command, if the action accepts a proposal: the last version seen, plus one.</param>
    /// <param name="proposedNonce">The number of this command's event in its case, if the action accepts a proposal: the last nonce seen, plus one.</param>
    /// <param name="commandId">The command's id; a new one by default.</param>
    /// <param name="json">Options for writing the body; System.Text.Json's web defaults by default.</param>
    /// <exception cref="ArgumentException">The action is empty or too long, the reference is not positive, the id is all zeros, or a proposal is below 1.</exception>
    public static CaseCommand Of<TBody>(
        string action, long caseReference, TBody body, long? proposedVersion = null, long? proposedNonce = null, Guid? commandId = null, JsonSerializerOptions? json = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(action);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(action.Length, 256, nameof(action));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(caseReference);
        ArgumentOutOfRangeException.ThrowIfLessThan(proposedVersion ?? 1, 1, nameof(proposedVersion));
        ArgumentOutOfRangeException.ThrowIfLessThan(proposedNonce ?? 1, 1, nameof(proposedNonce));
        var id = commandId ?? CommandIds.New();
        ArgumentOutOfRangeException.ThrowIfEqual(id, Guid.Empty, nameof(commandId));
        return new CaseCommand
        {
            CommandId = id,
            CaseReference = caseReference,
            Action = action,
            ProposedVersion = proposedVersion,
            ProposedNonce = proposedNonce,
            Body = JsonSerializer.SerializeToElement(body, TypedJson.InfoOf<TBody>(json)),
        };
    }

    private static CaseCommand OnBlob<TBody>(
        string action, long caseReference, TBody body, long? proposedVersion, long? proposedNonce, Guid? commandId, JsonSerializerOptions? json)
    {
        var command = Of(action, caseReference, body, proposedVersion, proposedNonce, commandId, json);
        return command.Body.ValueKind is JsonValueKind.Object
            ? command
            : throw new ArgumentException($"The body of {action} must become a JSON object; {typeof(TBody).Name} became {command.Body.ValueKind}.", nameof(body));
    }

    private static void NeedProposal(string action, long? proposedVersion, long? proposedNonce)
    {
        if (proposedVersion is null && proposedNonce is null)
        {
            throw new ArgumentException($"{action} needs proposedVersion or proposedNonce: the number that was last seen, plus one.", nameof(proposedVersion));
        }
    }
}
