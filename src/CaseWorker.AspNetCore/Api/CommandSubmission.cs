using System.Text.Json.Nodes;
using CaseWorker.Cases;
using CaseWorker.Client;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using CaseWorker.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Hosting;

namespace CaseWorker.AspNetCore.Api;

/// <summary>Takes commands over HTTP: checks them, publishes them to their slot like any producer, and answers with their outcome.</summary>
internal sealed class CommandSubmission(CommandReader reader, ICaseWorkerClient client, CommandReceipts receipts, IHostApplicationLifetime lifetime)
{
    /// <param name="reference">The case of the path.</param>
    /// <param name="json">The posted bytes.</param>
    /// <param name="actor">Who asks, where the command does not say.</param>
    /// <param name="wait">How long to wait for the outcome; zero does not.</param>
    /// <param name="cancellationToken">Ends the waiting; a command that was sent may take effect nevertheless.</param>
    public async Task<IResult> SendAsync(long reference, byte[] json, string? actor, TimeSpan wait, CancellationToken cancellationToken)
    {
        var command = PostedCommand.ToContract(Check(reference, json), json, actor);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            if (wait > TimeSpan.Zero)
            {
                return Answer(await client.SubmitAsync(command, wait, either.Token));
            }

            await client.PublishAsync(command, either.Token);
            return Pending(command.CommandId, "published");
        }
        catch (OutcomeUnknownException)
        {
            return await LateAsync(command.CommandId, cancellationToken);
        }
        catch (CaseCommandException error)
        {
            throw NotPublished(command.CommandId, error.Message, error.MayTakeEffect);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw NotPublished(command.CommandId, $"Command {command.CommandId}: the worker is stopping. Send the same command again with the same command id: it has at most one effect.", mayTakeEffect: true);
        }
    }

    /// <summary>What the worker would reject by itself is answered here, with the worker's own words: it takes no queue and no command id.</summary>
    private Command Check(long reference, byte[] json)
    {
        var reading = reader.Read(json, reference: reference);
        if (reading is ParseResult.Malformed unreadable)
        {
            throw new ProblemException(Problem.Of(StatusCodes.Status400BadRequest, unreadable.Reason, "The body is not a command", unreadable.Detail, ("reason", unreadable.Reason)));
        }

        var command = ((ParseResult.Parsed)reading).Command;
        var errors = command.CaseReference == reference
            ? command.Errors
            : [new FieldError("/caseReference", FormattableString.Invariant($"Must be the case of the path, {reference}, or be left out."))];
        return errors.Count == 0
            ? command
            : throw new ProblemException(Problem.Of(
                StatusCodes.Status400BadRequest,
                RejectionReasons.Invalid,
                "The command is not valid",
                $"{errors[0].Path}: {errors[0].Message}",
                ("reason", RejectionReasons.Invalid),
                ("errors", errors),
                ("commandId", command.Id)));
    }

    private static IResult Answer(CaseOutcome outcome) => outcome switch
    {
        CaseConflicted conflict => Refusal(
            conflict,
            conflict.Reason,
            "The command conflicts with the current state of the case",
            FormattableString.Invariant($"Case {conflict.CaseReference} is at version {conflict.CurrentVersion}, nonce {conflict.CurrentNonce}. Read it again, then propose the current number plus one under a new command id.")),
        CaseRejected rejection => Refusal(rejection, rejection.Reason, "The command was rejected", rejection.Errors[0].Message),
        _ => CommandEndpoints.Json(outcome),
    };

    /// <summary>A problem with all fields of the outcome.</summary>
    private static ProblemHttpResult Refusal(CaseOutcome outcome, string reason, string title, string detail)
    {
        var fields = JsonNode.Parse(OutcomeJson.Write(outcome))!.AsObject();
        fields.Remove("status");
        return Problem.Of(outcome.Status, reason, title, detail, [.. fields.Select(field => (field.Key, (object?)field.Value))]);
    }

    /// <summary>The outcome may have come in the last moment; and an operator may have to be waited for.</summary>
    private async Task<IResult> LateAsync(Guid id, CancellationToken cancellationToken) => await receipts.FindAsync(id, cancellationToken) switch
    {
        null => Pending(id, "queued"),
        CaseParked => Pending(id, "parked"),
        var outcome => Answer(outcome),
    };

    private static Accepted<PendingCommand> Pending(Guid id, string state) => TypedResults.Accepted($"/commands/{id}", new PendingCommand(id, state));

    private static ProblemException NotPublished(Guid id, string detail, bool mayTakeEffect) => new(Problem.Of(
        StatusCodes.Status503ServiceUnavailable, "broker-unavailable", "The command could not be published", detail, ("commandId", id), ("mayTakeEffect", mayTakeEffect)));
}

/// <summary>A command whose outcome is still to come; the Location says where.</summary>
/// <param name="CommandId">The command.</param>
/// <param name="State"><c>published</c>: nobody waited; <c>queued</c>: it was waited for in vain; <c>parked</c>: an operator has to deal with its case first.</param>
internal sealed record PendingCommand(Guid CommandId, string State);
