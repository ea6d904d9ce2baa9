namespace Reminders;

/// <summary>A row of <c>case_reminders</c>.</summary>
public sealed class Reminder
{
    public required long CaseReference { get; init; }

    public required long Nonce { get; init; }

    public required DateOnly DueOn { get; init; }

    public required string Text { get; init; }
}
