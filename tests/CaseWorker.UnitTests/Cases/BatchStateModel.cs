using System.Globalization;
using System.Text.Json.Nodes;

namespace CaseWorker.UnitTests.Cases;

/// <summary>
/// The rules once more, written as slowly and plainly as can be and with nothing of the product: what the batch state is judged by.
/// </summary>
internal sealed class BatchStateModel
{
    private readonly Dictionary<long, ModelCase> cases = [];
    private readonly Dictionary<Guid, (string Meaning, string Outcome)> records = [];
    private int head;

    public long VersionOf(long reference) => cases.TryGetValue(reference, out var found) ? found.Version : 0;

    public long NonceOf(long reference) => cases.TryGetValue(reference, out var found) ? found.Nonce : 0;

    /// <summary>The outcome in one line; <see cref="BatchStateStore.Describe"/> writes the same lines.</summary>
    public string Decide(ModelCommand command)
    {
        if (records.TryGetValue(command.Id, out var record))
        {
            return string.Equals(record.Meaning, command.Meaning(), StringComparison.Ordinal) ? record.Outcome
                : command.IsValid ? Rejected(422, "command-id-reused", command.Reference)
                : Rejected(400, "invalid", command.Reference);
        }

        var outcome = DecideNew(command);
        records.Add(command.Id, (command.Meaning(), outcome));
        return outcome;
    }

    private string DecideNew(ModelCommand command)
    {
        if (!command.IsValid)
        {
            return Rejected(400, "invalid", command.Reference);
        }

        var exists = cases.TryGetValue(command.Reference, out var found);
        if (exists && command.Action is "case.create")
        {
            return Conflicted("case-exists", found!);
        }

        if (!exists && command.Action is not "case.create")
        {
            return Rejected(404, "case-not-found", command.Reference);
        }

        found ??= new ModelCase { Blob = null };
        if (command.ProposedNonce is { } nonce && nonce != found.Nonce + 1)
        {
            return Conflicted("nonce", found);
        }

        if (command.ProposedVersion is { } version && version != found.Version + 1)
        {
            return Conflicted("version", found);
        }

        return Accept(command, found);
    }

    private string Accept(ModelCommand command, ModelCase found)
    {
        var before = found.Blob;
        found.Blob = command.Action switch
        {
            "case.merge" => Merge(before, command.Body),
            "note.add" => before,
            _ => command.Body.DeepClone(),
        };
        var changed = !string.Equals(Canonical(before), Canonical(found.Blob), StringComparison.Ordinal);
        found.Version += changed ? 1 : 0;
        found.Nonce++;
        found.Last = string.Create(CultureInfo.InvariantCulture, $"{found.Nonce} {command.Action} {command.Actor}");
        cases[command.Reference] = found;
        head++;
        return string.Create(CultureInfo.InvariantCulture, $"accepted nonce {found.Nonce} global {head} version {found.Version} changed {changed}");
    }

    private static string Conflicted(string reason, ModelCase found) => string.Create(
        CultureInfo.InvariantCulture,
        $"conflicted {reason} version {found.Version} nonce {found.Nonce} last {found.Last ?? "none"}");

    private string Rejected(int status, string reason, long reference) => cases.TryGetValue(reference, out var found) && status != 404
        ? string.Create(CultureInfo.InvariantCulture, $"rejected {status} {reason} version {found.Version} nonce {found.Nonce}")
        : string.Create(CultureInfo.InvariantCulture, $"rejected {status} {reason}");

    /// <summary>The pseudocode of RFC 7396.</summary>
    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject ? (JsonObject)target.DeepClone() : [];
        foreach (var (name, value) in changes)
        {
            var before = result[name];
            result.Remove(name);
            if (value is not null)
            {
                result[name] = Merge(before, value);
            }
        }

        return result;
    }

    /// <summary>One text for one value, good for the small numbers of these tests; null for no blob at all.</summary>
    internal static string? Canonical(JsonNode? node, bool isRoot = true) => node switch
    {
        null => isRoot ? null : "null",
        JsonObject o => "{" + string.Join(',', o.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Key + ":" + Canonical(p.Value, isRoot: false))) + "}",
        JsonArray a => "[" + string.Join(',', a.Select(item => Canonical(item, isRoot: false))) + "]",
        _ when node.GetValueKind() is System.Text.Json.JsonValueKind.Number =>
            decimal.Parse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture),
        _ => node.ToJsonString(),
    };

    private sealed class ModelCase
    {
        public JsonNode? Blob { get; set; }

        public long Version { get; set; }

        public long Nonce { get; set; }

        public string? Last { get; set; }
    }
}

/// <summary>A command as a person would note it down, and the bytes that were sent for it.</summary>
internal sealed record ModelCommand(
    Guid Id,
    long Reference,
    string Action,
    long? ProposedVersion,
    long? ProposedNonce,
    JsonNode Body,
    string? Actor,
    bool IsValid,
    string Json)
{
    /// <summary>What makes two commands the same, whether the rules accept them or not.</summary>
    public string Meaning() =>
        string.Create(CultureInfo.InvariantCulture, $"{Action} {Reference} {ProposedVersion} {ProposedNonce} {BatchStateModel.Canonical(Body)}");
}
