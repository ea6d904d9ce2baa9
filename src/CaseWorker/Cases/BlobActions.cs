using System.Text.Json;
using CaseWorker.Contracts;

namespace CaseWorker.Cases;

/// <summary>Creates the case from a whole JSON object.</summary>
internal sealed class CaseCreate : IBuiltInAction
{
    public string Name => CaseActions.CaseCreate;

    public bool CreatesCase => true;

    public void Validate(Command command, List<FieldError> errors) => BodyRules.IsObject(command, errors);

    public ActionResult Apply(CaseState? before, Command command) => new ActionResult.Blob(CaseBlob.Of(command.Body));
}

/// <summary>Replaces the blob by a whole JSON object.</summary>
internal sealed class CaseReplace : IBuiltInAction
{
    public string Name => CaseActions.CaseReplace;

    public void Validate(Command command, List<FieldError> errors)
    {
        BodyRules.IsObject(command, errors);
        BodyRules.HasProposal(command, errors);
    }

    public ActionResult Apply(CaseState? before, Command command) => new ActionResult.Blob(CaseBlob.Of(command.Body));
}

/// <summary>Changes the blob by a merge patch.</summary>
internal sealed class CaseMerge : IBuiltInAction
{
    public string Name => CaseActions.CaseMerge;

    public void Validate(Command command, List<FieldError> errors)
    {
        BodyRules.IsObject(command, errors);
        BodyRules.HasProposal(command, errors);
    }

    public ActionResult Apply(CaseState? before, Command command) =>
        new ActionResult.Blob(MergePatch.Apply(before!.Blob, command.Body));
}

/// <summary>The rules that several actions share.</summary>
internal static class BodyRules
{
    public static void IsObject(Command command, List<FieldError> errors)
    {
        if (command.Body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new FieldError("/body", "Must be a JSON object."));
        }
    }

    /// <summary>Without a proposal a writer does not say which state it has seen, and would overwrite changes that it has not seen.</summary>
    public static void HasProposal(Command command, List<FieldError> errors)
    {
        // A proposal that was there but unreadable has its own error already.
        if (command.ProposedVersion is null && command.ProposedNonce is null
            && !errors.Exists(error => error.Path is "/proposedVersion" or "/proposedNonce"))
        {
            errors.Add(new FieldError("/proposedVersion", $"Required for {command.ActionName}, unless proposedNonce is given: the current number plus one."));
        }
    }
}
