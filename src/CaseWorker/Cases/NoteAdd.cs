using System.Text;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Json;

namespace CaseWorker.Cases;

/// <summary>Adds a note beside the blob: it takes a nonce, and never the version.</summary>
internal sealed class NoteAdd : IBuiltInAction
{
    public string Name => CaseActions.NoteAdd;

    public void Validate(Command command, List<FieldError> errors)
    {
        if (command.ProposedVersion is not null)
        {
            errors.Add(new FieldError("/proposedVersion", "Refused: a note does not touch the version. Leave it out, or propose a nonce."));
        }

        if (command.Body.ValueKind != JsonValueKind.Object || !command.Body.TryGetProperty("body", out var text) || text.ValueKind != JsonValueKind.String)
        {
            errors.Add(new FieldError("/body/body", "Required. Must be a non-empty string."));
        }
        else if (text.GetString() is { Length: 0 } or { Length: > JsonLimits.MaxNoteBytes } || Encoding.UTF8.GetByteCount(text.GetString()!) > JsonLimits.MaxNoteBytes)
        {
            errors.Add(new FieldError("/body/body", $"Must have 1 to {JsonLimits.MaxNoteBytes} bytes of UTF-8 (64 KiB)."));
        }
    }

    public ActionResult Apply(CaseState? before, Command command) => new ActionResult.Row(new NewNote(
        command.CaseReference,
        before!.Nonce + 1,
        command.Body.GetProperty("body").GetString()!,
        command.Actor));
}

/// <summary>A note that is to be inserted.</summary>
internal sealed record NewNote(long CaseReference, long Nonce, string Body, string? Author);
