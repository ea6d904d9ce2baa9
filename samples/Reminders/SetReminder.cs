using CaseWorker.Actions;
using CaseWorker.Contracts;

namespace Reminders;

/// <summary>What <see cref="SetReminder"/> takes: <c>{"dueOn": "2027-01-31", "text": "call back"}</c>.</summary>
/// <param name="DueOn">After today.</param>
/// <param name="Text">1 to 200 characters.</param>
public sealed record ReminderBody(DateOnly DueOn, string Text);

/// <summary>Sets a reminder for a case. Anybody may, at any time: it proposes no number.</summary>
public sealed class SetReminder : CaseAction<ReminderBody, RemindersDbContext>
{
    public override string Name => "reminder.set";

    public override void Validate(ReminderBody body, ICollection<FieldError> errors)
    {
        if (body.Text.Length is 0 or > 200)
        {
            errors.Add(new FieldError("/body/text", "Must have 1 to 200 characters."));
        }
    }

    public override CaseAnswer Handle(RemindersDbContext db, LockedCase current, CaseRequest<ReminderBody> request)
    {
        if (request.Body.DueOn <= DateOnly.FromDateTime(request.RecordedAt.UtcDateTime))
        {
            return CaseAnswer.Refuse("not-in-future", "A reminder must be due after today.", "/body/dueOn");
        }

        return CaseAnswer.Accept(() => db.Add(new Reminder
        {
            CaseReference = current.Reference,
            Nonce = current.NextNonce,
            DueOn = request.Body.DueOn,
            Text = request.Body.Text,
        }));
    }
}
