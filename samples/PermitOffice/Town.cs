using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace PermitOffice;

/// <summary>Who lives and works there, and what they want. Follows from the seed; only the case references are new each time.</summary>
internal sealed class Town(int seed, long firstReference)
{
    private static readonly string[] ClerkNames = ["Ann", "Bob", "Carla", "Deniz", "Emil", "Farah", "Greta", "Hugo"];
    private static readonly string[] FirstNames = ["Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Fatou", "Goran", "Hana", "Ivo", "Jorun", "Kofi", "Lena"];
    private static readonly string[] LastNames = ["Abel", "Brandt", "Costa", "Duarte", "Eriksen", "Fischer", "Gallo", "Haddad", "Ivanova", "Jansen", "Kaya", "Lindholm"];
    private static readonly string[] Streets = ["Mill Lane", "Harbour Street", "Church Square", "Station Road", "Orchard Way", "North Gate"];
    private static readonly string[] Wishes = ["a garage", "a winter garden", "felling a lime tree", "a shop sign", "a street café", "a bicycle shed", "solar panels", "a moving van's parking space"];
    private static readonly string[] Steps = ["received", "plans checked", "neighbours heard", "site visited", "fee paid", "decision drafted", "granted"];
    private static readonly string[] Remarks = ["called back, nobody home", "plans are in the blue folder", "neighbour agrees", "asks when it will be done", "photo of the site attached", "prefers e-mail"];

#pragma warning disable CA5394 // A town's life, not a secret.
    private readonly Random random = new(seed);
    private readonly ConcurrentQueue<Permit> open = new();
    private int count;

    /// <summary>Permits that the worker has accepted.</summary>
    public IReadOnlyCollection<Permit> Permits => open;

    public int Chance(int below) => random.Next(below);

    /// <summary>Somebody who works there, and somebody else.</summary>
    public (string One, string Other) TwoClerks()
    {
        var one = random.Next(ClerkNames.Length);
        return (ClerkNames[one], ClerkNames[(one + 1 + random.Next(ClerkNames.Length - 1)) % ClerkNames.Length]);
    }

    public (Permit Permit, JsonObject Form) NewApplication()
    {
        var applicant = $"{Pick(FirstNames)} {Pick(LastNames)}";
        var wish = Pick(Wishes);
        var permit = new Permit(firstReference + count++, applicant, wish);
        return (permit, new JsonObject
        {
            ["applicant"] = applicant,
            ["for"] = wish,
            ["address"] = $"{Pick(Streets)} {1 + random.Next(80)}",
            ["status"] = Steps[0],
            ["fee"] = 20 + (10 * random.Next(30)),
        });
    }

    /// <summary>One that is worked on now: few enough that people meet on it.</summary>
    public Permit PickPermit() => open.TakeLast(60).ElementAt(random.Next(Math.Min(60, open.Count)));

    public JsonObject NewEntry() => random.Next(3) switch
    {
        0 => new JsonObject { ["status"] = Steps[1 + random.Next(Steps.Length - 1)] },
        1 => new JsonObject { ["fee"] = 20 + (10 * random.Next(30)) },
        _ => new JsonObject { ["visit"] = new JsonObject { ["day"] = $"{1 + random.Next(28)} May", ["by"] = Pick(ClerkNames) } },
    };

    public string NewRemark() => Pick(Remarks);

    public void Opened(Permit permit) => open.Enqueue(permit);

    private string Pick(string[] among) => among[random.Next(among.Length)];
#pragma warning restore CA5394
}
