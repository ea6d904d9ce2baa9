using System.Text;
using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Parsing;
using CaseWorker.Resilience;

namespace CaseWorker.Actions;

/// <summary>A team's action as the worker sees it: the same rules as for the built-in ones, and errors that say whose fault it is.</summary>
internal sealed class RegisteredAction(CaseAction action, ActionTables? tables) : ICaseAction
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = MinimalJsonEncoder.Instance, MaxDepth = JsonLimits.MaxDepth + 1 };

    public string Name => action.Name;

    public bool ParksCase => action.ParksCase;

    public bool LogsBlob => true;

    /// <summary>How long deciding one command may take.</summary>
    public TimeSpan TimeLimit => action.TimeLimit;

    /// <summary>What it changes and reads beside the case; null if it has no tables.</summary>
    public ActionTables? Tables => tables;

    public void Validate(Command command, List<FieldError> errors)
    {
        if (action.TouchesBlob)
        {
            BodyRules.HasProposal(command, errors);
        }
        else if (command.ProposedVersion is not null)
        {
            errors.Add(new FieldError("/proposedVersion", $"Refused: {Name} does not touch the version. Leave it out, or propose a nonce."));
        }
    }

    /// <summary>The body as the action's own type. A validation that throws fails later, in its batch, where it can be kept as a dead letter.</summary>
    public object? ReadBody(Command command, List<FieldError> errors)
    {
        try
        {
            var body = ActionBody.Read(command.Body, action.BodyType, errors);
            if (body is not null)
            {
                action.Check(body, errors);
            }

            return body;
        }
        catch (Exception error)
        {
            return new CaseActionException($"{Name} could not read or validate the body of command {command.Id}: {error.Message}", error);
        }
    }

    public async Task LoadAsync(ActionContext? context, IReadOnlyList<Command> commands, DateTimeOffset recordedAt)
    {
        try
        {
            await action.LoadAsync(context?.Db, [.. commands.Select(command => Prepare(command, recordedAt))]);
            context?.CheckUntouched(Name);
        }
        catch (Exception error) when (error is not CaseActionException)
        {
            throw new CaseActionException($"LoadAsync of {Name} failed for {commands.Count} commands, the first of them {commands[0].Id} of case {commands[0].CaseReference}: {error.Message}", error);
        }
    }

    public ActionResult Handle(ActionContext? context, CaseState before, Command command, DateTimeOffset recordedAt)
    {
        try
        {
            var answer = action.Answer(context?.Db, new LockedCase(before), Prepare(command, recordedAt));
            context?.CheckUntouched(Name);
            return answer switch
            {
                CaseAnswer.Refused refused => new ActionResult.Refused(CleanText.Of(refused.Reason, JsonLimits.MaxNameLength), new FieldError(CleanText.Of(refused.Path), CleanText.Of(refused.Message))),
                CaseAnswer.Accepted { Blob: null } accepted => new ActionResult.Row(Entity: null) { Effect = EffectOf(accepted, context, command) },
                CaseAnswer.Accepted { Blob: { } } accepted => new ActionResult.Blob(BlobOf(accepted)) { Effect = EffectOf(accepted, context, command) },
                _ => throw new CaseActionException($"Handle of {Name} gave no answer. Return Accept or Refuse."),
            };
        }
        catch (Exception error) when (error is not CaseActionException)
        {
            throw new CaseActionException($"Handle of {Name} failed for command {command.Id} of case {command.CaseReference}: {error.Message}", error);
        }
    }

    private static ActionCommand Prepare(Command command, DateTimeOffset recordedAt) => command.Payload switch
    {
        CaseActionException unreadable => throw unreadable,
        { } body => new ActionCommand(command, body, recordedAt),
        null => throw new InvalidOperationException($"Command {command.Id} ({command.ActionName}) was not read as one of this action."),
    };

    private CaseBlob BlobOf(CaseAnswer.Accepted accepted)
    {
        if (!action.TouchesBlob)
        {
            throw new CaseActionException($"{Name} changes the case's JSON and does not say so: override TouchesBlob, so that its commands propose a number.");
        }

        // What a producer may not send must not get into a case this way either: PostgreSQL would refuse it, or never read it back.
        var text = accepted.Blob!.ToJsonString(Written);
        var scan = CommandScan.Of(Encoding.UTF8.GetBytes($"{{\"body\":{text}}}"));
        return scan.Errors.FirstOrDefault(error => error.Path.Length > 0) is { } broken
            ? throw new CaseActionException($"{Name} made a JSON that no case may have: {broken.Path}: {broken.Message}")
            : CaseBlob.Of(text);
    }

    private Action? EffectOf(CaseAnswer.Accepted accepted, ActionContext? context, Command command) => accepted.Effect is not { } effect ? null : () =>
    {
        try
        {
            context?.Run(effect);
            if (context is null)
            {
                effect();
            }
        }
        catch (Exception error)
        {
            throw new CaseActionException($"What {Name} does when it accepts failed for command {command.Id} of case {command.CaseReference}: {error.Message}", error);
        }
    };
}
