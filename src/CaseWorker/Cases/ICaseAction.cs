using CaseWorker.Contracts;

namespace CaseWorker.Cases;

/// <summary>
/// One thing that a command can ask for. Everything here is pure: an action decides, the pipeline does. A new built-in action is one class
/// and one line in <see cref="CaseActionSet.BuiltIn"/>; a team's own derives from <see cref="Actions.CaseAction"/>.
/// </summary>
internal interface ICaseAction
{
    /// <summary>The name on the wire.</summary>
    string Name { get; }

    /// <summary>Whether the action makes the case; all others need one that exists.</summary>
    bool CreatesCase => false;

    /// <summary>
    /// What becomes of the case when a command of this action fails every time: its later commands wait behind it, in order, until an
    /// operator decides (the default), or it is skipped and they go on without it.
    /// </summary>
    bool ParksCase => true;

    /// <summary>Whether an event of this action that changed the blob keeps it: the command's body alone does not say what it became.</summary>
    bool LogsBlob => false;

    /// <summary>Adds what is wrong with the command by itself, whatever the state of the case (row 3 of the decision).</summary>
    void Validate(Command command, List<FieldError> errors);

    /// <summary>The body as the action works with it, where that is not the JSON itself; adds what is wrong with it.</summary>
    object? ReadBody(Command command, List<FieldError> errors) => null;
}

/// <summary>An action that needs nothing but the case and the command. Its events are folded by applying it again.</summary>
internal interface IBuiltInAction : ICaseAction
{
    /// <summary>What the command does to a case that it fits (rows 10 and 11). Gives the same result for the same arguments.</summary>
    /// <param name="before">The case; null only for an action that creates it.</param>
    /// <param name="command">A valid command.</param>
    ActionResult Apply(CaseState? before, Command command);
}

/// <summary>What an action makes of a command.</summary>
internal abstract record ActionResult
{
    /// <summary>Done as soon as the command is accepted, before the next one is looked at; null if there is nothing to do.</summary>
    public Action? Effect { get; init; }

    /// <summary>The blob becomes this. Whether that is a change is decided by comparing values.</summary>
    public sealed record Blob(CaseBlob Value) : ActionResult;

    /// <summary>The blob stays; this row is inserted beside it. Null for an action whose rows are its effect.</summary>
    public sealed record Row(object? Entity) : ActionResult;

    /// <summary>A business rule says no: 422.</summary>
    public sealed record Refused(string Reason, FieldError Error) : ActionResult;
}
