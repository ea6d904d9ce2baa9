using System.Globalization;
using CaseWorker.AspNetCore.Security;
using CaseWorker.DeadLetters;
using CaseWorker.Formatting;
using CaseWorker.Persistence;

namespace CaseWorker.AspNetCore.Dashboard.DeadLetters;

/// <summary>Something that operators do with dead letters. Buttons, confirmations and addresses are made from <see cref="All"/>.</summary>
/// <param name="Name">In addresses.</param>
/// <param name="Title">On buttons.</param>
/// <param name="Consequence">What will happen, for whoever is about to click.</param>
/// <param name="Scope">Who may.</param>
/// <param name="States">Which dead letters it is for.</param>
/// <param name="Kinds">Which dead letters it is for.</param>
/// <param name="HasPreview">Whether it can be tried first.</param>
public sealed record OperatorActionKind(string Name, string Title, string Consequence, string Scope, IReadOnlyList<string> States, IReadOnlyList<string> Kinds, bool HasPreview)
{
    /// <summary>Above so many the count must be typed.</summary>
    public const int TypedAbove = 10;

    public static readonly IReadOnlyList<OperatorActionKind> All =
    [
        new(
            "replay",
            "Replay",
            "A job applies these commands again, in the order of each case's line, together with those that only wait behind them. Their outcomes are published as if they had just arrived. Where one fails again, its case stops there and stays parked.",
            AccessScope.Operator,
            [DeadLetterStates.Open],
            [DeadLetterKinds.Failed, DeadLetterKinds.Held],
            HasPreview: true)
        {
            RunAsync = async (operations, action, deadLetters, cancellationToken) => Asked(await operations.ReplayAsync(action, deadLetters, cancellationToken)),
        },
        new(
            "rebase",
            "Rebase",
            "A job applies these commands under new ids, with proposals of the moment when each is applied: no proposal can be stale, and each may overwrite what its sender has not seen. Outcomes are published for the new ids; the original ids never get one. Those that only wait behind them follow as they are.",
            AccessScope.Operator,
            [DeadLetterStates.Open],
            [DeadLetterKinds.Failed, DeadLetterKinds.Held],
            HasPreview: true)
        {
            Rebases = true,
            RunAsync = async (operations, action, deadLetters, cancellationToken) => Asked(await operations.RebaseAsync(action, deadLetters, cancellationToken)),
        },
        new(
            "discard",
            "Discard",
            "These are discarded without being applied: they will have no outcome. A case whose whole parked queue is discarded goes on with what arrives next. They are kept, and can be restored.",
            AccessScope.Operator,
            [DeadLetterStates.Open],
            DeadLetterKinds.All,
            HasPreview: false)
        {
            RunAsync = async (operations, action, deadLetters, cancellationToken) => Changed("discarded", await operations.DiscardAsync(action, deadLetters, cancellationToken)),
        },
        new(
            "restore",
            "Restore",
            "These are put back at their old place in their case's line. The case waits again until they are replayed or discarded.",
            AccessScope.Operator,
            [DeadLetterStates.Discarded, DeadLetterStates.Skipped],
            DeadLetterKinds.All,
            HasPreview: false)
        {
            RunAsync = async (operations, action, deadLetters, cancellationToken) => Changed("restored", await operations.RestoreAsync(action, deadLetters, cancellationToken)),
        },
    ];

    /// <summary>Whether commands are applied over what their senders have not seen.</summary>
    public bool Rebases { get; init; }

    /// <summary>Does it to exactly these.</summary>
    internal Func<DeadLetterOperations, OperatorAction, DeadLetterQuery, CancellationToken, Task<OperatorActionResult>> RunAsync { get; init; } = null!;

    /// <summary>Whether it is for dead letters of this kind and state.</summary>
    public bool Fits(string kind, string state) => States.Contains(state, StringComparer.Ordinal) && Kinds.Contains(kind, StringComparer.Ordinal);

    private static OperatorActionResult Asked(ReplayRequest request) => request.Job is { } job
        ? new OperatorActionResult($"{AccessServices.DashboardPath}/jobs/{job}", null)
        : new OperatorActionResult(null, ReasonOf(request));

    private static OperatorActionResult Changed(string done, IReadOnlyList<long> ids) => new(
        string.Create(CultureInfo.InvariantCulture, $"{AccessServices.DashboardPath}/dead-letters?done={done}&count={ids.Count}"),
        null);

    private static string ReasonOf(ReplayRequest request) => request switch
    {
        { Busy: [var job, ..] } => $"Job {job.Id}, asked for by {SafeText.OneLine(job.Operator, 80)}, replays them already.",
        { Blocked.Count: > 0 } => "Each of them stands behind another of its case that was not chosen. Replay the whole case.",
        _ => "There is nothing to replay any more: somebody was quicker.",
    };
}

/// <summary>What became of a action.</summary>
/// <param name="Next">Where its result is seen; null if nothing was done.</param>
/// <param name="Refusal">Why nothing was done.</param>
internal sealed record OperatorActionResult(string? Next, string? Refusal);
