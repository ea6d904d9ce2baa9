using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Json;
using CaseWorker.Persistence;
using Microsoft.Extensions.Options;

namespace CaseWorker.DeadLetters;

/// <summary>Replays a dead letter with another body, where the settings allow it. What it refuses is in the audit.</summary>
internal sealed class LetterEditor(OperatorDesk desk, LetterCommands letters, IOptions<CaseWorkerOptions> options)
{
    /// <summary>What the command says now and what it would say.</summary>
    /// <param name="deed">Who wants it, and why.</param>
    /// <param name="id">The dead letter.</param>
    /// <param name="body">The whole new body, a JSON text.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="DeedRefusedException">It must not be done, or cannot.</exception>
    public async Task<LetterEdit> PlanAsync(Deed deed, long id, string body, CancellationToken cancellationToken = default)
    {
        if (!options.Value.EditDeadLetters)
        {
            throw await RefuseAsync(deed, id, [], "Editing dead letters is off. CaseWorker__EditDeadLetters=true allows it, at the workers too.", cancellationToken);
        }

        if (await desk.ListAsync(new LetterFilter { Ids = [id] }, 1, cancellationToken: cancellationToken) is not [{ State: LetterStates.Open, Kind: DeadLetterKinds.Failed or DeadLetterKinds.Held } row])
        {
            throw await RefuseAsync(deed, id, [], $"Dead letter {id} is no open letter of a command, so it cannot be edited.", cancellationToken);
        }

        var before = letters.Read(id, row.Body, row.Headers).Command;
        Command after;
        try
        {
            after = letters.Rewrite(before, body);
        }
        catch (JsonException error)
        {
            throw await RefuseAsync(deed, id, [new FieldError("/body", CleanText.Of(error.Message))], "The new body is not strict JSON.", cancellationToken);
        }

        return after.Errors.Count == 0
            ? new LetterEdit(id, before, after, body)
            : throw await RefuseAsync(deed, id, after.Errors, "The command would be invalid with this body.", cancellationToken);
    }

    /// <summary>Asks the workers to apply it, before those that wait behind it.</summary>
    /// <param name="deed">Who wants it, and why.</param>
    /// <param name="edit">What was planned.</param>
    /// <param name="rebase">Whether its proposals are brought up to date; else they stay.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<ReplayRequest> ApplyAsync(Deed deed, LetterEdit edit, bool rebase, CancellationToken cancellationToken = default) => desk.ReplayAsync(
        deed,
        new LetterFilter { Ids = [edit.Letter], State = LetterStates.Open },
        JobKinds.Edit,
        new Dictionary<long, LetterChange> { [edit.Letter] = new(edit.Body, rebase) },
        cancellationToken);

    private async Task<DeedRefusedException> RefuseAsync(Deed deed, long id, IReadOnlyList<FieldError> errors, string why, CancellationToken cancellationToken)
    {
        await desk.DenyAsync(deed, JobKinds.Edit, new LetterFilter { Ids = [id] }, $"denied: {why}", cancellationToken);
        return new DeedRefusedException(why, errors);
    }
}

/// <summary>What an edit changes.</summary>
/// <param name="Letter">The dead letter.</param>
/// <param name="Before">What its command says.</param>
/// <param name="After">What it would say.</param>
/// <param name="Body">The new body as it was given.</param>
internal sealed record LetterEdit(long Letter, Command Before, Command After, string Body);

/// <summary>An operator's wish that must not or cannot be fulfilled; the message says why.</summary>
internal sealed class DeedRefusedException(string message, IReadOnlyList<FieldError> errors) : Exception(message)
{
    public IReadOnlyList<FieldError> Errors => errors;
}
