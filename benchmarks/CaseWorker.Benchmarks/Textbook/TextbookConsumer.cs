using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using MassTransit;

namespace CaseWorker.Benchmarks.Textbook;

/// <summary>
/// One command: one transaction, then its outcome. The rules are the product's own pure ones (<see cref="Decider"/>), so that both decide
/// alike; everything around them is as the documentation of MassTransit and EF Core has it.
/// </summary>
internal sealed class TextbookConsumer(TextbookContext db, CaseActionSet actions) : IConsumer<CaseCommand>
{
    public async Task Consume(ConsumeContext<CaseCommand> context)
    {
        var command = Read(context.Message);
        var outcome = await ApplyAsync(command);

        // After the commit and before the acknowledgement; MassTransit awaits the broker's confirm.
        await context.Publish((object)outcome, outcome.GetType());
    }

    private Command Read(CaseCommand message)
    {
        var errors = new List<FieldError>();
        var action = actions.Find(message.Action, errors);
        var command = new Command
        {
            Id = message.CommandId,
            CaseReference = message.CaseReference,
            ActionName = message.Action,
            Action = action,
            ProposedVersion = message.ProposedVersion,
            ProposedNonce = message.ProposedNonce,
            Body = message.Body,
            Actor = message.Actor,
            CorrelationId = message.CorrelationId,
            Digest = Fingerprint.Of(message.Action, message.CaseReference, message.ProposedVersion, message.ProposedNonce, message.Body),
        };
        action?.Validate(command, errors);
        return command with { Errors = errors };
    }

    private async Task<CaseOutcome> ApplyAsync(Command command)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        var row = await db.LockCaseAsync(command.CaseReference);
        var recordedEvent = await db.FindEventAsync(command.Id);
        var recordedRefusal = recordedEvent is null ? await db.FindRefusalAsync(command.Id) : null;
        var current = row is null ? null : new CaseState(row.Reference, CaseBlob.Of(row.JsonBlob), row.Version, row.Nonce);
        var outcome = Decider.Decide(current, command, recordedEvent?.Fingerprint ?? recordedRefusal?.Fingerprint) switch
        {
            Decision.Accepted accepted => await AcceptAsync(command, row, accepted),
            Decision.Conflicted conflict => Refuse(command, OutcomeComposer.Conflicted(command, conflict, await LastEventAsync(command, conflict), await db.NowAsync())),
            Decision.Rejected { IsRecorded: true } rejection => Refuse(command, OutcomeComposer.Rejected(command, rejection, await db.NowAsync())),
            Decision.Rejected rejection => OutcomeComposer.Rejected(command, rejection, await db.NowAsync()),
            _ => recordedEvent is not null ? Again(recordedEvent) : OutcomeJson.ReadRefusal(recordedRefusal!.Outcome, recordedRefusal.Published),
        };
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return outcome;
    }

    private async Task<CaseAccepted> AcceptAsync(Command command, CaseRow? row, Decision.Accepted accepted)
    {
        var head = await db.NextGlobalNonceAsync();
        var after = accepted.After;
        if (row is null)
        {
            db.Add(new CaseRow { Reference = after.Reference, JsonBlob = after.Blob.Text, Version = after.Version, Nonce = after.Nonce, CreatedAt = head.At, UpdatedAt = head.At });
        }
        else
        {
            row.JsonBlob = row.Version == after.Version ? row.JsonBlob : after.Blob.Text;
            (row.Version, row.Nonce, row.UpdatedAt) = (after.Version, after.Nonce, head.At);
        }

        if (accepted.Row is NewNote note)
        {
            db.Add(new NoteRow { CaseReference = note.CaseReference, Body = note.Body, Author = note.Author, Nonce = note.Nonce, CreatedAt = head.At });
        }

        db.Add(new EventRow
        {
            GlobalNonce = head.Nonce,
            CaseReference = command.CaseReference,
            Nonce = after.Nonce,
            Action = command.ActionName!,
            CommandId = command.Id,
            Fingerprint = command.Digest,
            Version = after.Version,
            Changed = accepted.Changed,
            Body = command.Body.GetRawText(),
            Actor = command.Actor,
            CorrelationId = command.CorrelationId,
            RecordedAt = head.At,
        });
        return OutcomeComposer.Accepted(command, accepted, head.Nonce, head.At);
    }

    private CaseOutcome Refuse(Command command, CaseOutcome outcome)
    {
        db.Add(new RefusalRow
        {
            CommandId = command.Id,
            CaseReference = command.CaseReference,
            Action = command.ActionName,
            Fingerprint = command.Digest,
            Outcome = outcome.Outcome,
            Status = outcome.Status,
            Reason = outcome is CaseConflicted conflict ? conflict.Reason : ((CaseRejected)outcome).Reason,
            Published = System.Text.Encoding.UTF8.GetString(OutcomeJson.Write(outcome)),
            RecordedAt = outcome.RecordedAt,
        });
        return outcome;
    }

    private async Task<LastEvent?> LastEventAsync(Command command, Decision.Conflicted conflict) =>
        await db.FindEventAsync(command.CaseReference, conflict.CurrentNonce) is { } last ? new LastEvent(last.Nonce, last.Action, last.Actor, last.RecordedAt) : null;

    private static CaseAccepted Again(EventRow row) => OutcomeComposer.Accepted(
        row.CommandId, row.CaseReference, row.Action, row.CorrelationId, row.Actor, row.Nonce, row.GlobalNonce, row.Version, row.Changed, row.RecordedAt);
}
