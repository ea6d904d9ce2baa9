namespace CaseWorker.TestSupport;

/// <summary>Waits for states that nothing signals: looks again and again until a condition holds, with a limit.</summary>
/// <remarks>The limit is for a broken product, not for its speed. What signals is awaited, not looked at.</remarks>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <exception cref="TimeoutException">The condition did not hold within the limit; the message says what was awaited.</exception>
    public static Task HoldsAsync(string what, Func<Task<bool>> condition, int seconds = 60) =>
        HoldsAsync(() => what, condition, TimeSpan.FromSeconds(seconds));

    /// <exception cref="TimeoutException">The condition did not hold within the limit; the message says what was awaited.</exception>
    public static async Task HoldsAsync(Func<string> what, Func<Task<bool>> condition, TimeSpan limit)
    {
        using var end = new CancellationTokenSource(limit);
        using var timer = new PeriodicTimer(Interval);
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(end.Token);
            }
            catch (OperationCanceledException error)
            {
                throw new TimeoutException($"Waited {limit.TotalSeconds:N0} s for {what()}", error);
            }
        }
    }
}
