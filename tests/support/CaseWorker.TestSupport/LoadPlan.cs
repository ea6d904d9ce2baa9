using System.Text.Json.Nodes;

namespace CaseWorker.TestSupport;

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
    private readonly bool onlyRight;

    /// <param name="seed">The same seed makes the same load, command ids included.</param>
    /// <param name="caseCount">Cases it is spread over.</param>
    /// <param name="commandCount">Messages, repeats of earlier commands included.</param>
    /// <param name="firstReference">The lowest case reference.</param>
    /// <param name="onlyRight">Every proposal fits when the order is kept: then no command may conflict.</param>
    public LoadPlan(int seed, int caseCount, int commandCount, long firstReference = 1000, bool onlyRight = false)
    {
        random = new Random(seed);
        this.onlyRight = onlyRight;
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

    /// <summary>The same with what must become of each.</summary>
    public IReadOnlyList<Planned> Planned => [.. commands.Select(command => new Planned(command, expected[CommandJson.IdOf(command)]))];

    public IReadOnlyDictionary<Guid, Expected> Outcomes => expected;

    public IReadOnlyDictionary<long, Model> Cases => cases;

    private JsonObject Next(long reference)
    {
        if (!cases.TryGetValue(reference, out var model))
        {
            cases[reference] = new Model { Version = 1, Nonce = 1 };
            return Expect(CommandJson.Create(reference, new JsonObject { ["n"] = 0, ["fixed"] = "x" }, id: NewId()), Expected.Accepted(1, 1, changed: true));
        }

        switch (random.Next(10))
        {
            case 0 when !onlyRight:
                return Expect(CommandJson.Merge(reference, new JsonObject { ["n"] = -1 }, version: model.Version, id: NewId()), Expected.Conflict(model.Version, model.Nonce));
            case 1:
                model.Nonce++;
                return Expect(CommandJson.Merge(reference, new JsonObject { ["fixed"] = "x" }, nonce: model.Nonce, id: NewId()), Expected.Accepted(model.Nonce, model.Version, changed: false));
            case 2 or 3:
                model.Nonce++;
                model.Notes++;
                return Expect(CommandJson.Note(reference, $"note {model.Notes}", id: NewId()), Expected.Accepted(model.Nonce, model.Version, changed: false));
            case 4:
                model.Nonce++;
                model.Version++;
                return Expect(CommandJson.Replace(reference, new JsonObject { ["n"] = model.Version, ["fixed"] = "x" }, version: model.Version, nonce: model.Nonce, id: NewId()), Expected.Accepted(model.Nonce, model.Version, changed: true));
            default:
                model.Nonce++;
                model.Version++;
                return Expect(CommandJson.Merge(reference, new JsonObject { ["n"] = model.Version }, version: model.Version, id: NewId()), Expected.Accepted(model.Nonce, model.Version, changed: true));
        }
    }

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private JsonObject Expect(JsonObject command, Expected outcome)
    {
        expected[CommandJson.IdOf(command)] = outcome;
        return command;
    }

    internal sealed class Model
    {
        public long Version { get; set; }

        public long Nonce { get; set; }

        public int Notes { get; set; }
    }
}

/// <summary>A command and what must become of it.</summary>
/// <param name="Command">As it goes over the wire.</param>
/// <param name="Expected">Null for another command under a used id, which is refused without a record.</param>
internal sealed record Planned(JsonObject Command, Expected? Expected);

/// <summary>What must be recorded for a command.</summary>
internal sealed record Expected(string Outcome, long Version, long Nonce, bool Changed)
{
    public static Expected Accepted(long nonce, long version, bool changed) => new("accepted", version, nonce, changed);

    public static Expected Conflict(long currentVersion, long currentNonce) => new("conflicted", currentVersion, currentNonce, false);
}
