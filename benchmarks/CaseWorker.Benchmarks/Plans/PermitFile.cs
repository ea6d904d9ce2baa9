using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace CaseWorker.Benchmarks.Plans;

/// <summary>The permit applications as a plan, with what must come of them by a naive model (shallow merges, as the file has them).</summary>
internal sealed class PermitFile
{
    private readonly Dictionary<Guid, Expected> expected = [];
    private readonly Dictionary<long, Case> cases = [];

    public static List<PlannedCommand> Read(string path)
    {
        var file = new PermitFile();
        return [.. File.ReadLines(path).Where(line => line.Length > 0).Select(file.Plan)];
    }

    private PlannedCommand Plan(string line)
    {
        var command = JsonNode.Parse(line)!.AsObject();
        var id = command["commandId"]!.GetValue<Guid>();
        var reference = long.Parse(command["caseReference"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        if (!expected.TryGetValue(id, out var outcome))
        {
            expected[id] = outcome = Decide(reference, command);
        }

        return new PlannedCommand(id, reference, Encoding.UTF8.GetBytes(line), outcome);
    }

    private Expected Decide(long reference, JsonObject command)
    {
        var action = command["action"]!.GetValue<string>();
        var body = command["body"]!.AsObject();
        if (!cases.TryGetValue(reference, out var model))
        {
            cases[reference] = new Case { Blob = body, Version = 1, Nonce = 1 };
            return action is "case.create" ? new Expected(true, 1, 1, true) : throw new InvalidDataException($"Case {reference} does not begin with case.create.");
        }

        var fits = action is not "case.create"
            && (command["proposedNonce"]?.GetValue<long>() ?? model.Nonce + 1) == model.Nonce + 1
            && (command["proposedVersion"]?.GetValue<long>() ?? model.Version + 1) == model.Version + 1;
        if (!fits)
        {
            return new Expected(false, model.Version, model.Nonce, false);
        }

        var changed = action is "case.merge" && model.Merge(body);
        model.Nonce++;
        model.Version += changed ? 1 : 0;
        return new Expected(true, model.Version, model.Nonce, changed);
    }

    private sealed class Case
    {
        public required JsonObject Blob { get; set; }

        public long Version { get; set; }

        public long Nonce { get; set; }

        public bool Merge(JsonObject patch)
        {
            var after = Blob.DeepClone().AsObject();
            foreach (var (name, value) in patch)
            {
                after.Remove(name);
                if (value is not null)
                {
                    after[name] = value.DeepClone();
                }
            }

            var changed = !JsonNode.DeepEquals(after, Blob);
            Blob = after;
            return changed;
        }
    }
}
