namespace CaseWorker.Cases;

/// <summary>Applies commands that fit their case. What a team's own action does depends on the rows that its batch has loaded.</summary>
internal interface IActionExecutor
{
    /// <summary>What the command does to the case. Gives the same result for the same arguments and rows.</summary>
    /// <param name="before">The case; null only for an action that creates it.</param>
    /// <param name="command">A valid command that fits the case.</param>
    ActionResult Apply(CaseState? before, Command command);
}

/// <summary>Applies the built-in actions, which need nothing but the case and the command.</summary>
internal sealed class BuiltInExecutor : IActionExecutor
{
    private BuiltInExecutor()
    {
    }

    public static BuiltInExecutor Instance { get; } = new();

    /// <exception cref="InvalidOperationException">The action is a team's own.</exception>
    public ActionResult Apply(CaseState? before, Command command) => command.Action is IBuiltInAction action
        ? action.Apply(before, command)
        : throw new InvalidOperationException($"{command.ActionName} is not a built-in action. It runs in a batch, with its tables, and its events are folded without it.");
}
