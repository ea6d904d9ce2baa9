using CaseWorker.Cases;

namespace CaseWorker.Actions;

/// <summary>The registered actions of one batch: a context a team's tables, on the batch's own connection and in its transaction.</summary>
internal sealed class ActionBatch : IActionExecutor, IAsyncDisposable
{
    private readonly Dictionary<ActionTables, ActionContext> contexts = [];
    private readonly DateTimeOffset recordedAt;

    private ActionBatch(DateTimeOffset recordedAt, bool runsForeignCode)
    {
        this.recordedAt = recordedAt;
        RunsForeignCode = runsForeignCode;
    }

    /// <summary>Whether code of a registered action decides a command of the batch. It may take any time.</summary>
    public bool RunsForeignCode { get; }

    /// <summary>Loads what the actions need. Under the locks.</summary>
    /// <param name="commands">Those that may be applied.</param>
    /// <param name="open">Makes the context of a team's tables, in the batch's transaction.</param>
    /// <param name="recordedAt">The batch's time.</param>
    public static async Task<ActionBatch> OpenAsync(IEnumerable<Command> commands, Func<ActionTables, Task<ActionContext>> open, DateTimeOffset recordedAt)
    {
        var registered = commands.Where(command => command.Action is RegisteredAction && command.Errors.Count == 0).ToList();
        var batch = new ActionBatch(recordedAt, registered.Count > 0);
        try
        {
            foreach (var group in registered.GroupBy(command => (RegisteredAction)command.Action!))
            {
                await batch.LoadAsync(group.Key, [.. group], open);
            }

            return batch;
        }
        catch
        {
            await batch.DisposeAsync();
            throw;
        }
    }

    public ActionResult Apply(CaseState? before, Command command) => command.Action is RegisteredAction action
        ? action.Handle(action.Tables is { } tables ? contexts[tables] : null, before!, command, recordedAt)
        : BuiltInExecutor.Instance.Apply(before, command);

    /// <summary>Sends the rows of all accepted commands. After the cases, which rows may refer to, and before the events.</summary>
    public async Task SaveAsync()
    {
        foreach (var context in contexts.Values)
        {
            await context.SaveAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in contexts.Values)
        {
            await context.DisposeAsync();
        }
    }

    private async Task LoadAsync(RegisteredAction action, List<Command> commands, Func<ActionTables, Task<ActionContext>> open)
    {
        if (action.Tables is { } tables && !contexts.ContainsKey(tables))
        {
            contexts[tables] = await open(tables);
        }

        await action.LoadAsync(action.Tables is { } own ? contexts[own] : null, commands, recordedAt);
    }
}
