using CaseWorker.Resilience;

namespace CaseWorker.DeadLetters;

/// <summary>Replays one case in steps until its parked queue is done, a command of it fails again, or the job is cancelled.</summary>
/// <param name="isCancelled">Whether an operator has cancelled the job.</param>
/// <param name="step">Applies the first dead letters, so many at most, in one transaction; gives none when nothing is left.</param>
/// <param name="publish">Publishes their outcomes.</param>
/// <param name="fail">Records that the first dead letter failed again.</param>
internal sealed class CaseReplay(
    Func<Task<bool>> isCancelled, Func<int, Task<IReadOnlyList<AppliedDeadLetter>>> step, Func<IReadOnlyList<AppliedDeadLetter>, Task> publish, Func<Exception, Task> fail)
{
    /// <summary>Dead letters in one transaction, until one of them fails.</summary>
    public const int StepLimit = 50;

    /// <returns>False if the job is cancelled.</returns>
    /// <exception cref="OperationCanceledException">The worker stops; another one goes on.</exception>
    public async Task<bool> RunAsync(CancellationToken stoppingToken)
    {
        var limit = StepLimit;
        for (var attempt = 1; ; attempt++)
        {
            stoppingToken.ThrowIfCancellationRequested();
            if (await isCancelled())
            {
                return false;
            }

            try
            {
                var applied = await step(limit);
                if (applied.Count == 0)
                {
                    return true;
                }

                await publish(applied);
                attempt = 0;
            }
            catch (Exception error) when (!FailurePolicy.IsTransient(error))
            {
                switch (FailurePolicy.Decide(error, limit, attempt, TimeSpan.MaxValue))
                {
                    case FailureAction.Split:
                        (limit, attempt) = (1, 0);
                        break;
                    case FailureAction.DeadLetter:
                        await fail(error);
                        return true;
                }
            }
        }
    }
}
