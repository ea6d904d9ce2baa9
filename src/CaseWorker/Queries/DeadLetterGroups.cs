using CaseWorker.Persistence;

namespace CaseWorker.Queries;

/// <summary>The dead letters of a case, or those without one.</summary>
/// <param name="Head">The oldest that was found.</param>
/// <param name="DeadLetters">How many were found.</param>
/// <param name="Held">How many of them only wait behind another.</param>
internal sealed record DeadLettersOfCase(DeadLetterSummary Head, long DeadLetters, long Held);

/// <summary>Dead letters that failed in the same way.</summary>
/// <param name="Cause">What the filter takes.</param>
/// <param name="Pattern">What happened, without numbers and ids.</param>
/// <param name="Blocked">Commands that wait behind them.</param>
/// <param name="BlockedCases">Cases of those commands.</param>
internal sealed record DeadLettersOfCause(string Cause, string Kind, string Reason, string? Action, string Pattern, long DeadLetters, long Cases, DateTimeOffset First, DateTimeOffset Last, long Blocked, long BlockedCases);

/// <summary>A dead letter with the beginning of its bytes.</summary>
/// <param name="Body">The beginning.</param>
/// <param name="Size">Bytes of the whole.</param>
internal sealed record DeadLetterExcerpt(DeadLetterSummary Summary, string Headers, byte[] Body, long Size);

/// <summary>What an action on chosen dead letters would touch.</summary>
/// <param name="Cases">How many cases they belong to.</param>
/// <param name="Blocked">How many are behind another of their case that is not chosen.</param>
/// <param name="Following">How many commands that only wait behind them go along with a replay.</param>
internal sealed record SelectionCounts(long Cases, long Blocked, long Following);
