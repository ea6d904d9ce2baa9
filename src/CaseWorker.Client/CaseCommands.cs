using System.Text.Json;
using CaseWorker.Contracts;

namespace CaseWorker.Client;

/// <summary>
/// Makes commands from typed bodies. A body is written by System.Text.Json with its web defaults (camelCase), where no other options are
/// given. Each command gets a new id, ordered by time, where none is given: keep the command, or its id, until its outcome is known,
/// since a retry must carry the same one. Who asks and the like are set with <c>with { Actor = "ada" }</c>.
/// </summary>
public static class CaseCommands
{
    /// <summary>A command that creates the case.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="body">The case's whole JSON object.</param>
    /// <param name="commandId">The command's identity; new where it is not given.</param>
    /// <param name="json">How the body is written.</param>
    /// <exception cref="ArgumentException">The reference is not positive, the id is all zeros, or the body is no JSON object.</exception>
    public static CaseCommand Create<TBody>(long caseReference, TBody body, Guid? commandId = null, JsonSerializerOptions? json = null) =>
        OnBlob(CaseActions.CaseCreate, caseReference, body, proposedVersion: null, proposedNonce: null, commandId, json);

    /// <summary>A command that replaces the case's JSON.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="body">The whole new JSON object.</param>
    /// <param name="proposedVersion">The version that this change will get: the one last seen, plus one. This or <paramref name="proposedNonce"/> is needed; both must hold.</param>
    /// <param name="proposedNonce">The event number in its case that this change will get: the nonce last seen, plus one.</param>
    /// <param name="commandId">The command's identity; new where it is not given.</param>
    /// <param name="json">How the body is written.</param>
    /// <exception cref="ArgumentException">As for <see cref="Create"/>, or there is no proposal, or one below 1.</exception>
    public static CaseCommand Replace<TBody>(
        long caseReference, TBody body, long? proposedVersion = null, long? proposedNonce = null, Guid? commandId = null, JsonSerializerOptions? json = null)
    {
        NeedProposal(CaseActions.CaseReplace, proposedVersion, proposedNonce);
        return OnBlob(CaseActions.CaseReplace, caseReference, body, proposedVersion, proposedNonce, commandId, json);
    }

    /// <summary>A command that changes parts of the case's JSON.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="patch">A JSON merge patch (RFC 7396), an object. Careful: a property that is null removes what it names.</param>
    /// <param name="proposedVersion">As for <see cref="Replace"/>.</param>
    /// <param name="proposedNonce">As for <see cref="Replace"/>.</param>
    /// <param name="commandId">The command's identity; new where it is not given.</param>
    /// <param name="json">How the patch is written.</param>
    /// <exception cref="ArgumentException">As for <see cref="Replace"/>.</exception>
    public static CaseCommand Merge<TPatch>(
        long caseReference, TPatch patch, long? proposedVersion = null, long? proposedNonce = null, Guid? commandId = null, JsonSerializerOptions? json = null)
    {
        NeedProposal(CaseActions.CaseMerge, proposedVersion, proposedNonce);
        return OnBlob(CaseActions.CaseMerge, caseReference, patch, proposedVersion, proposedNonce, commandId, json);
    }

    /// <summary>A command that adds a note beside the case's JSON. It conflicts with nobody, unless it proposes a nonce.</summary>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="text">The note, at most 64 KiB of UTF-8.</param>
    /// <param name="proposedNonce">The event number in its case that the note must get; mostly not given.</param>
    /// <param name="commandId">The command's identity; new where it is not given.</param>
    /// <exception cref="ArgumentException">The reference is not positive, the id is all zeros, or the nonce is below 1.</exception>
    public static CaseCommand AddNote(long caseReference, string text, long? proposedNonce = null, Guid? commandId = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Of(CaseActions.NoteAdd, caseReference, new { body = text }, proposedNonce: proposedNonce, commandId: commandId);
    }

    /// <summary>A command for any action, such as one that the worker's owner registered.</summary>
    /// <param name="action">The action's name, 1 to 256 characters.</param>
    /// <param name="caseReference">The case's key, 1 to 9223372036854775807.</param>
    /// <param name="body">The action's own content.</param>
    /// <param name="proposedVersion">As for <see cref="Replace"/>, where the action takes it.</param>
    /// <param name="proposedNonce">As for <see cref="Replace"/>, where the action takes it.</param>
    /// <param name="commandId">The command's identity; new where it is not given.</param>
    /// <param name="json">How the body is written.</param>
    /// <exception cref="ArgumentException">The action is empty or too long, the reference is not positive, the id is all zeros, or a proposal is below 1.</exception>
    public static CaseCommand Of<TBody>(
        string action, long caseReference, TBody body, long? proposedVersion = null, long? proposedNonce = null, Guid? commandId = null, JsonSerializerOptions? json = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(action);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(action.Length, 256, nameof(action));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(caseReference);
        ArgumentOutOfRangeException.ThrowIfLessThan(proposedVersion ?? 1, 1, nameof(proposedVersion));
        ArgumentOutOfRangeException.ThrowIfLessThan(proposedNonce ?? 1, 1, nameof(proposedNonce));
        ArgumentOutOfRangeException.ThrowIfEqual(commandId ?? Guid.AllBitsSet, Guid.Empty, nameof(commandId));
        return new CaseCommand
        {
            CommandId = commandId ?? Guid.CreateVersion7(),
            CaseReference = caseReference,
            Action = action,
            ProposedVersion = proposedVersion,
            ProposedNonce = proposedNonce,
            Body = JsonSerializer.SerializeToElement(body, json ?? JsonSerializerOptions.Web),
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
