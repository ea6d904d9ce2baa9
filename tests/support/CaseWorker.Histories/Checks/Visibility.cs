namespace CaseWorker.Histories.Checks;

/// <summary>I7: who has received an accepted outcome finds its event at once.</summary>
internal static class Visibility
{
    public static IEnumerable<Violation> Check(History history) =>
        from subscriber in history.Subscribers
        from delivered in subscriber.Deliveries
        where delivered is { Outcome: "accepted", WasVisible: false }
        select new Violation("I7", $"subscriber {subscriber.Name} had the outcome of command {delivered.CommandId} and did not find its event");
}
