namespace CaseWorker.Histories.Checks;

/// <summary>I3: who reads by global nonce while the worker writes misses nothing and sees nothing twice.</summary>
internal static class LiveReading
{
    public static IEnumerable<Violation> Check(History history)
    {
        if (history.Seen is not { } seen)
        {
            yield break;
        }

        var log = history.Tables.Events;
        for (var i = 0; i < Math.Max(seen.Count, log.Count); i++)
        {
            var (saw, stands) = (seen.ElementAtOrDefault(i), log.ElementAtOrDefault(i));
            if (saw?.GlobalNonce != stands?.GlobalNonce || saw?.CommandId != stands?.CommandId)
            {
                // What follows the first difference differs because of it.
                yield return new Violation("I3", $"the {i + 1}. event that a live reader saw is {Name(saw?.GlobalNonce, saw?.CommandId)}, in the log it is {Name(stands?.GlobalNonce, stands?.CommandId)}; it saw {seen.Count} of {log.Count}");
                yield break;
            }
        }
    }

    private static string Name(long? number, Guid? command) => number is null ? "none" : $"{number} of command {command}";
}
