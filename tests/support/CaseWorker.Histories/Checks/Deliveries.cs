using System.Text.Json.Nodes;

namespace CaseWorker.Histories.Checks;

/// <summary>I5: each subscriber receives the recorded outcomes, all of them and no other, and each the same however often it comes.</summary>
internal static class Deliveries
{
    public static IEnumerable<Violation> Check(History history) => history.Subscribers.SelectMany(subscriber => Check(history, subscriber));

    private static IEnumerable<Violation> Check(History history, Subscriber subscriber)
    {
        var reused = history.Publications.Where(entry => entry.Expected is null).Select(entry => entry.CommandId).ToHashSet();
        var delivered = subscriber.Deliveries.Where(entry => !entry.IsReuse).GroupBy(entry => entry.CommandId).ToDictionary(group => group.Key, group => group.ToList());
        var events = history.Tables.Events.GroupBy(e => e.CommandId).ToDictionary(group => group.Key, group => group.Last());
        var refusals = history.Tables.Refusals.GroupBy(refusal => refusal.CommandId).ToDictionary(group => group.Key, group => group.Last().Published);
        Violation Broken(Guid id, string what) => new("I5", $"command {id}: {what} (subscriber {subscriber.Name})");

        foreach (var id in events.Keys.Concat(refusals.Keys).Where(id => !delivered.ContainsKey(id)))
        {
            yield return Broken(id, "its recorded outcome was never delivered");
        }

        foreach (var (id, all) in delivered)
        {
            var different = all.Select(entry => entry.Body.ToJsonString()).Distinct().ToList();
            if (different.Count > 1)
            {
                yield return Broken(id, $"different outcomes were delivered: {string.Join(" and ", different)}");
            }

            if (!(events.TryGetValue(id, out var e) ? IsOf(e, all[0]) : refusals.TryGetValue(id, out var refusal) && JsonNode.DeepEquals(refusal, all[0].Body)))
            {
                yield return Broken(id, $"what was delivered is not what is recorded: {different[0]}");
            }
        }

        foreach (var entry in subscriber.Deliveries.Where(entry => entry.IsReuse && (!reused.Contains(entry.CommandId) || delivered.GetValueOrDefault(entry.CommandId)?[0].OutcomeId == entry.OutcomeId)))
        {
            yield return Broken(entry.CommandId, "a refusal for a used id that was not used again, or that passes for the recorded outcome");
        }

        foreach (var shared in delivered.Values.Select(all => all[0]).GroupBy(entry => entry.OutcomeId).Where(group => group.Count() > 1))
        {
            yield return Broken(shared.First().CommandId, $"outcome id {shared.Key} belongs to {shared.Count()} commands");
        }
    }

    private static bool IsOf(EventRow e, Delivered outcome) =>
        outcome.Outcome is "accepted"
        && (outcome.Number("globalNonce"), outcome.Number("nonce"), outcome.Number("version"), (bool?)outcome.Body["changed"]) == (e.GlobalNonce, e.Nonce, e.Version, e.Changed);
}
