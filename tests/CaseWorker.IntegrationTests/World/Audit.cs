using System.Text.Json.Nodes;
using Npgsql;

namespace CaseWorker.IntegrationTests.World;

/// <summary>
/// The independent check after a run: reads the tables with plain SQL and everything the subscriber received, and uses nothing of the
/// product. Gives a sentence for each broken promise.
/// </summary>
internal static class Audit
{
    public static async Task<IReadOnlyList<string>> RunAsync(Workspace workspace, LoadPlan plan, Inbox inbox)
    {
        var events = await ReadEventsAsync(workspace.Database);
        var refusals = await ReadRefusalsAsync(workspace.Database);
        var violations = new List<string>();
        violations.AddRange(Records(plan, events, refusals));
        violations.AddRange(Deliveries(plan, events, inbox));
        violations.AddRange(Numbers(events));
        violations.AddRange(Order(plan, events));
        violations.AddRange(await CasesAsync(workspace.Database, plan, events));
        violations.AddRange(await NotesAsync(workspace.Database, events));
        if (await workspace.CountAsync("dead_letters") is > 0 and var letters)
        {
            violations.Add($"{letters} dead letters, the first: {await workspace.ScalarAsync<string>("SELECT detail FROM dead_letters ORDER BY id LIMIT 1")}");
        }

        return violations;
    }

    /// <summary>Every command has exactly one recorded outcome, the one that the order of the queue gives.</summary>
    private static IEnumerable<string> Records(LoadPlan plan, List<Event> events, Dictionary<Guid, JsonObject> refusals)
    {
        var accepted = events.ToDictionary(e => e.CommandId);
        foreach (var (id, expected) in plan.Outcomes)
        {
            var actual = (accepted.TryGetValue(id, out var e), refusals.TryGetValue(id, out var refusal)) switch
            {
                (true, true) => "two records",
                (true, false) => new Expected("accepted", e!.Version, e.Nonce, e.Changed).ToString(),
                (false, true) when refusal!["currentVersion"] is null => refusal.ToJsonString(),
                (false, true) => new Expected(refusal!["outcome"]!.ToString(), (long)refusal["currentVersion"]!, (long)refusal["currentNonce"]!, false).ToString(),
                _ => "no record",
            };
            if (actual != expected.ToString())
            {
                yield return $"Command {id}: {actual} instead of {expected}";
            }
        }

        if (accepted.Count + refusals.Count != plan.Outcomes.Count)
        {
            yield return $"{accepted.Count} events and {refusals.Count} refusals for {plan.Outcomes.Count} commands";
        }
    }

    /// <summary>Every recorded outcome was delivered, always the same, and nothing else was.</summary>
    private static IEnumerable<string> Deliveries(LoadPlan plan, List<Event> events, Inbox inbox)
    {
        var delivered = inbox.All.GroupBy(one => one.CommandId).ToDictionary(group => group.Key, group => group.ToList());
        foreach (var id in plan.Outcomes.Keys.Where(id => !delivered.ContainsKey(id)))
        {
            yield return $"Command {id}: its outcome was never delivered";
        }

        foreach (var (id, all) in delivered.Where(entry => entry.Value.Select(one => one.Body.ToJsonString()).Distinct().Count() > 1))
        {
            yield return $"Command {id}: different outcomes were delivered: {string.Join(" and ", all.Select(one => one.Body.ToJsonString()).Distinct())}";
        }

        foreach (var id in delivered.Keys.Where(id => !plan.Outcomes.ContainsKey(id)))
        {
            yield return $"Command {id}: an outcome for a command that nobody sent";
        }

        foreach (var e in events.Where(e => delivered.TryGetValue(e.CommandId, out var all) && (all[0].Number("globalNonce") != e.GlobalNonce || all[0].Number("nonce") != e.Nonce)))
        {
            yield return $"Command {e.CommandId}: the delivered numbers are not those of its event {e.GlobalNonce}";
        }
    }

    private static IEnumerable<string> Numbers(List<Event> events)
    {
        var global = events.Select(e => e.GlobalNonce).Order().ToList();
        if (!global.SequenceEqual(Enumerable.Range(1, global.Count).Select(n => (long)n)))
        {
            yield return "global nonces have a gap";
        }

        foreach (var one in events.GroupBy(e => e.Reference))
        {
            if (!one.OrderBy(e => e.GlobalNonce).Select(e => e.Nonce).SequenceEqual(Enumerable.Range(1, one.Count()).Select(n => (long)n)))
            {
                yield return $"Case {one.Key}: nonces have a gap or do not follow the global order";
            }
        }
    }

    private static IEnumerable<string> Order(LoadPlan plan, List<Event> events)
    {
        var position = new Dictionary<Guid, int>();
        for (var i = 0; i < plan.Commands.Count; i++)
        {
            position.TryAdd(Wire.IdOf(plan.Commands[i]), i);
        }

        return events.GroupBy(e => e.Reference)
            .Where(one => one.OrderBy(e => e.Nonce).Select(e => position[e.CommandId]).ToList() is var order && !order.SequenceEqual(order.Order()))
            .Select(one => $"Case {one.Key}: effects are not in queue order");
    }

    private static async Task<List<string>> CasesAsync(NpgsqlDataSource database, LoadPlan plan, List<Event> events)
    {
        var violations = new List<string>();
        var folded = events.GroupBy(e => e.Reference).ToDictionary(one => one.Key, one => Fold(one.OrderBy(e => e.Nonce)));
        var seen = 0;
        await using var command = database.CreateCommand("SELECT reference, json_blob::text, version, nonce FROM case_data");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            seen++;
            var reference = reader.GetInt64(0);
            if (!JsonNode.DeepEquals(JsonNode.Parse(reader.GetString(1)), folded.GetValueOrDefault(reference)))
            {
                violations.Add($"Case {reference}: the log folds to {folded.GetValueOrDefault(reference)?.ToJsonString()}, the blob is {reader.GetString(1)}");
            }

            var model = plan.Cases[reference];
            if (reader.GetInt64(2) != model.Version || reader.GetInt64(3) != model.Nonce)
            {
                violations.Add($"Case {reference}: version {reader.GetInt64(2)} and nonce {reader.GetInt64(3)} instead of {model.Version} and {model.Nonce}");
            }
        }

        return seen == plan.Cases.Count ? violations : [.. violations, $"{seen} cases instead of {plan.Cases.Count}"];
    }

    /// <summary>The built-in actions, in the most naive way.</summary>
    private static JsonObject Fold(IEnumerable<Event> log)
    {
        var blob = new JsonObject();
        foreach (var e in log.Where(e => e.Changed))
        {
            var body = JsonNode.Parse(e.Body)!.AsObject();
            if (e.Action is "case.create" or "case.replace")
            {
                blob = body;
                continue;
            }

            foreach (var (name, value) in body)
            {
                blob.Remove(name);
                if (value is not null)
                {
                    blob[name] = value.DeepClone();
                }
            }
        }

        return blob;
    }

    private static async Task<List<string>> NotesAsync(NpgsqlDataSource database, List<Event> events)
    {
        var noted = new List<(long, long)>();
        await using var command = database.CreateCommand("SELECT case_reference, nonce FROM case_notes ORDER BY 1, 2");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            noted.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        var expected = events.Where(e => e.Action is "note.add").Select(e => (e.Reference, e.Nonce)).Order();
        return expected.SequenceEqual(noted) ? [] : [$"{noted.Count} notes do not match the events of note.add"];
    }

    private static async Task<List<Event>> ReadEventsAsync(NpgsqlDataSource database)
    {
        var events = new List<Event>();
        await using var command = database.CreateCommand("SELECT global_nonce, case_reference, nonce, command_id, action, version, changed, body::text FROM case_events ORDER BY global_nonce");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            events.Add(new Event(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetGuid(3), reader.GetString(4), reader.GetInt64(5), reader.GetBoolean(6), reader.GetString(7)));
        }

        return events;
    }

    private static async Task<Dictionary<Guid, JsonObject>> ReadRefusalsAsync(NpgsqlDataSource database)
    {
        var refusals = new Dictionary<Guid, JsonObject>();
        await using var command = database.CreateCommand("SELECT command_id, published::text FROM command_refusals");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            refusals[reader.GetGuid(0)] = JsonNode.Parse(reader.GetString(1))!.AsObject();
        }

        return refusals;
    }

    private sealed record Event(long GlobalNonce, long Reference, long Nonce, Guid CommandId, string Action, long Version, bool Changed, string Body);
}
