namespace CaseWorker.Resilience;

/// <summary>The code of a registered action has not decided a command in time. The batch is rolled back without waiting for it any longer.</summary>
/// <param name="message">Which action and command, and how long it had.</param>
/// <param name="caseReference">The command's case.</param>
internal sealed class SlowCommandException(string message, long caseReference) : Exception(message)
{
    public long CaseReference => caseReference;
}
