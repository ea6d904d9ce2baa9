using System.Globalization;
using System.Text;
using CaseWorker.Benchmarks.Arena;

namespace CaseWorker.Benchmarks.Plans;

/// <summary>
/// Makes a plan: commands in the order in which they are queued, and, by a naive model of the rules run along, what must come of each.
/// Repeats with its seed.
/// </summary>
/// <param name="workload">What to send.</param>
/// <param name="seed">The same for all contestants of a round.</param>
/// <param name="slice">Which of <paramref name="slices"/> equal shares of the cases to use; where runs share a database, each has its own.</param>
/// <param name="slices">1 where every run has a database of its own.</param>
internal sealed class PlanMaker(Workload workload, int seed, int slice = 0, int slices = 1)
{
    // Ids that come again would be repeats: slices of one database must not share them.
    private readonly Random random = new(seed + (slice * 1000));
    private readonly int cases = Math.Min(Workload.SpreadCases, workload.Cases / slices);
    private readonly Dictionary<long, (long Version, long Nonce)> numbers = [];
    private readonly string filler = new('x', workload.BlobBytes);

    public List<PlannedCommand> Make(int count)
    {
        var plan = new List<PlannedCommand>(count);
        for (var i = 0; i < count; i++)
        {
            plan.Add(Next(CaseLoad.FirstReference + slice + ((long)slices * random.Next(cases)), i));
        }

        return plan;
    }

    private PlannedCommand Next(long reference, int i)
    {
        var (version, nonce) = numbers.TryGetValue(reference, out var known) ? known : (workload.EventsPerCase, workload.EventsPerCase);
        var dice = random.Next(100);
        if (dice < workload.Mix.Stale)
        {
            // Proposes the number that is taken already: somebody else was first.
            return Command(reference, "case.merge", version, Patch(i), new Expected(false, version, nonce, false));
        }

        nonce++;
        if (dice < workload.Mix.Stale + workload.Mix.Notes)
        {
            numbers[reference] = (version, nonce);
            return Command(reference, "note.add", null, string.Create(CultureInfo.InvariantCulture, $$"""{"body":"Called the applicant about document {{i}}; an answer is promised for Monday."}"""), new Expected(true, version, nonce, false));
        }

        if (workload.HasOwnActions)
        {
            numbers[reference] = (version, nonce);
            return Command(reference, "evidence.attach", null, Upload(i), new Expected(true, version, nonce, false));
        }

        version++;
        numbers[reference] = (version, nonce);
        return dice >= 100 - workload.Mix.Replace
            ? Command(reference, "case.replace", version, string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{i}},"document":"{{filler}}"}"""), new Expected(true, version, nonce, true))
            : Command(reference, "case.merge", version, Patch(i), new Expected(true, version, nonce, true));
    }

    /// <summary>Of the size of the permit applications' merges; the number makes each a real change.</summary>
    private static string Patch(int i) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"status":"T02 Check confirmation of receipt","handledBy":"Resource{{i % 40}}","unit":"Group {{i % 7}}","lastTask":"task-{{i}}"}""");

    /// <summary>No document comes twice.</summary>
    private static string Upload(int i) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"fileName":"statement-{{i}}.pdf","mediaType":"application/pdf","sha256":"{{i:x64}}","sizeBytes":{{1000 + i}},"description":"Statement of the applicant, scanned."}""");

    private PlannedCommand Command(long reference, string action, long? proposedVersion, string body, Expected expected)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        var id = new Guid(bytes);
        var proposal = proposedVersion is { } version ? string.Create(CultureInfo.InvariantCulture, $"\"proposedVersion\":{version},") : "";
        var json = string.Create(CultureInfo.InvariantCulture, $$"""{"commandId":"{{id}}","caseReference":"{{reference}}","action":"{{action}}",{{proposal}}"body":{{body}},"actor":"Resource26","issuedAt":"2026-01-02T09:21:26.588+01:00"}""");
        return new PlannedCommand(id, reference, Encoding.UTF8.GetBytes(json), expected);
    }
}
