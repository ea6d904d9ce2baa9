namespace CaseWorker.Histories.Checks;

/// <summary>I8: when nothing more is published, the queues become empty.</summary>
internal static class Drain
{
    public static IEnumerable<Violation> Check(History history) => history.Waiting
        .Where(queue => queue.Value > 0)
        .Select(queue => new Violation("I8", $"{queue.Value} messages stay in {queue.Key}"));
}
