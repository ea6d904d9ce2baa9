using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.Extensions.Options;

namespace CaseWorker.DeadLetters;

/// <summary>Replays a dead letter with another body, where the settings allow it. What it refuses is in the audit.</summary>
internal sealed class DeadLetterEditor(DeadLetterOperations operations, DeadLetterReader deadLetters, IOptions<CaseWorkerOptions> options)
{
    /// <summary>What the command says now and what it would say.</summary>
    /// <param name="action">Who wants it, and why.</param>
    /// <param name="id">The dead letter.</param>
    /// <param name="body">The whole new body, a JSON text.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="OperatorActionRefusedException">It must not be done, or cannot.</exception>
    public async Task<DeadLetterEdit> PlanAsync(OperatorAction action, long id, string body, CancellationToken cancellationToken = default)
    {
        if (!options.Value.EditDeadLetters)
        {
            throw await RefuseAsync(action, id, [], "Editing dead letters is off. CaseWorker__EditDeadLetters=true allows it, at the workers too.", cancellationToken);
        }

        if (await operations.ListAsync(new DeadLetterQuery { Ids = [id] }, 1, cancellationToken: cancellationToken) is not [{ State: DeadLetterStates.Open, Kind: DeadLetterKinds.Failed or DeadLetterKinds.Held } row])
        {
            throw await RefuseAsync(action, id, [], $"Dead letter {id} is no open dead letter of a command, so it cannot be edited.", cancellationToken);
        }

        var before = deadLetters.Read(id, row.Body, row.Headers).Command;
        Command after;
        try
        {
            after = deadLetters.Rewrite(before, body);
        }
        catch (JsonException error)
        {
            throw await RefuseAsync(action, id, [new FieldError("/body", CleanText.Of(error.Message))], "The new body is not strict JSON.", cancellationToken);
        }

        return after.Errors.Count == 0
            ? new DeadLetterEdit(id, before, after, body)
            : throw await RefuseAsync(action, id, after.Errors, "The command would be invalid with this body.", cancellationToken);
    }

    /// <summary>Asks the workers to apply it, before those that wait behind it.</summary>
    /// <param name="action">Who wants it, and why.</param>
    /// <param name="edit">What was planned.</param>
    /// <param name="rebase">Whether its proposals are brought up to date; else they stay.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<ReplayRequest> ApplyAsync(OperatorAction action, DeadLetterEdit edit, bool rebase, CancellationToken cancellationToken = default) => operations.ReplayAsync(
        action,
        new DeadLetterQuery { Ids = [edit.DeadLetter], State = DeadLetterStates.Open },
        JobKinds.Edit,
        new Dictionary<long, BodyChange> { [edit.DeadLetter] = new(edit.Body, rebase) },
        cancellationToken);

    private async Task<OperatorActionRefusedException> RefuseAsync(OperatorAction action, long id, IReadOnlyList<FieldError> errors, string why, CancellationToken cancellationToken)
    {
        await operations.DenyAsync(action, JobKinds.Edit, new DeadLetterQuery { Ids = [id] }, $"denied: {why}", cancellationToken);
        return new OperatorActionRefusedException(why, errors);
    }
}

/// <summary>What an edit changes.</summary>
/// <param name="DeadLetter">The dead letter.</param>
/// <param name="Before">What its command says.</param>
/// <param name="After">What it would say.</param>
/// <param name="Body">The new body as it was given.</param>
internal sealed record DeadLetterEdit(long DeadLetter, Command Before, Command After, string Body);

/// <summary>An action that an operator must not or cannot do; the message says why.</summary>
internal sealed class OperatorActionRefusedException(string message, IReadOnlyList<FieldError> errors) : Exception(message)
{
    public IReadOnlyList<FieldError> Errors => errors;
}
