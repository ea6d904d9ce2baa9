using System.Text.Json.Nodes;

namespace CaseWorker.IntegrationTests.World;

/// <summary>
/// A random load whose every outcome is known beforehand: commands of a case are decided in the order in which they are queued, so
/// that a naive model of the rules, run while the load is made, says what must come out. Repeats with its seed.
/// </summary>
internal sealed class LoadPlan
{
    private readonly Dictionary<long, Model> cases = [];
    private readonly Dictionary<Guid, Expected> expected = [];
    private readonly List<JsonObject> commands = [];
    private readonly Random random;

    public LoadPlan(int seed, int caseCount, int commandCount, long firstReference = 1000)
    {
        random = new Random(seed);
        var byCase = new Dictionary<long, List<JsonObject>>();
        while (commands.Count < commandCount)
        {
            var reference = firstReference + random.Next(caseCount);
            var sent = byCase.TryGetValue(reference, out var earlier) ? earlier : byCase[reference] = [];
            var command = sent.Count > 0 && random.Next(20) == 0 ? sent[random.Next(sent.Count)] : Next(reference);
            sent.Add(command);
            commands.Add(command);
        }
    }

    /// <summary>In the order in which they are to be queued; some come twice.</summary>
    public IReadOnlyList<JsonObject> Commands => commands;

    public IReadOnlyDictionary<Guid, Expected> Outcomes => expected;

    public IReadOnlyDictionary<long, Model> Cases => cases;

    private JsonObject Next(long reference)
    {
        if (!cases.TryGetValue(reference, out var model))
        {
            cases[reference] = new Model { Version = 1, Nonce = 1 };
            return Expect(Wire.Create(reference, new JsonObject { ["n"] = 0, ["fixed"] = "x" }), Expected.Accepted(1, 1, changed: true));
        }

        switch (random.Next(10))
        {
            case 0:
                return Expect(Wire.Merge(reference, new JsonObject { ["n"] = -1 }, version: model.Version), Expected.Conflict(model.Version, model.Nonce));
            case 1:
                model.Nonce++;
                return Expect(Wire.Merge(reference, new JsonObject { ["fixed"] = "x" }, nonce: model.Nonce), Expected.Accepted(model.Nonce, model.Version, changed: false));
            case 2 or 3:
                model.Nonce++;
                model.Notes++;
                return Expect(Wire.Note(reference, $"note {model.Notes}"), Expected.Accepted(model.Nonce, model.Version, changed: false));
            case 4:
                model.Nonce++;
                model.Version++;
                return Expect(Wire.Replace(reference, new JsonObject { ["n"] = model.Version, ["fixed"] = "x" }, version: model.Version, nonce: model.Nonce), Expected.Accepted(model.Nonce, model.Version, changed: true));
            default:
                model.Nonce++;
                model.Version++;
                return Expect(Wire.Merge(reference, new JsonObject { ["n"] = model.Version }, version: model.Version), Expected.Accepted(model.Nonce, model.Version, changed: true));
        }
    }

    private JsonObject Expect(JsonObject command, Expected outcome)
    {
        expected[Wire.IdOf(command)] = outcome;
        return command;
    }

    internal sealed class Model
    {
        public long Version { get; set; }

        public long Nonce { get; set; }

        public int Notes { get; set; }
    }
}

/// <summary>What must be recorded for a command.</summary>
internal sealed record Expected(string Outcome, long Version, long Nonce, bool Changed)
{
    public static Expected Accepted(long nonce, long version, bool changed) => new("accepted", version, nonce, changed);

    public static Expected Conflict(long currentVersion, long currentNonce) => new("conflicted", currentVersion, currentNonce, false);
}
