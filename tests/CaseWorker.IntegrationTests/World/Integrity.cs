using System.Text.Json;
using System.Text.Json.Nodes;

namespace CaseWorker.IntegrationTests.World;

/// <summary>
/// What holds for every database whatever was sent: everything stored reads back, the log has no gap and folds to the blobs, notes
/// stand for their events, and no command has two records. Uses nothing of the product. Gives a sentence for each breach.
/// </summary>
internal static class Integrity
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 100 };

    public static async Task<IReadOnlyList<string>> CheckAsync(Workspace workspace)
    {
        var breaches = new List<string>();
        var folded = new Dictionary<long, Folded>();
        await using (var command = workspace.Database.CreateCommand("SELECT global_nonce, case_reference, nonce, action, version, changed, body::text FROM case_events ORDER BY global_nonce"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            for (var next = 1L; await reader.ReadAsync(); next++)
            {
                if (reader.GetInt64(0) != next)
                {
                    breaches.Add($"global nonce {reader.GetInt64(0)} stands where {next} should");
                    next = reader.GetInt64(0);
                }

                var before = folded.GetValueOrDefault(reader.GetInt64(1), new Folded(null, 0, 0));
                var after = before.Apply(reader.GetString(3), reader.GetBoolean(5), JsonNode.Parse(reader.GetString(6), documentOptions: Deep)!);
                if (after.Nonce != reader.GetInt64(2) || after.Version != reader.GetInt64(4))
                {
                    breaches.Add($"event {next} has nonce {reader.GetInt64(2)} and version {reader.GetInt64(4)}; the log gives {after.Nonce} and {after.Version}");
                }

                folded[reader.GetInt64(1)] = after;
            }
        }

        breaches.AddRange(await CasesAsync(workspace, folded));
        breaches.AddRange(await CountsAsync(workspace));
        return breaches;
    }

    private static async Task<List<string>> CasesAsync(Workspace workspace, Dictionary<long, Folded> folded)
    {
        var breaches = new List<string>();
        var seen = 0;
        await using var command = workspace.Database.CreateCommand("SELECT reference, json_blob::text, version, nonce FROM case_data");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            seen++;
            var log = folded.GetValueOrDefault(reader.GetInt64(0), new Folded(null, 0, 0));
            if (!JsonNode.DeepEquals(JsonNode.Parse(reader.GetString(1), documentOptions: Deep), log.Blob))
            {
                breaches.Add($"case {reader.GetInt64(0)}: the log does not fold to the blob");
            }

            if (reader.GetInt64(2) != log.Version || reader.GetInt64(3) != log.Nonce)
            {
                breaches.Add($"case {reader.GetInt64(0)}: version {reader.GetInt64(2)}, nonce {reader.GetInt64(3)}; the log says {log.Version}, {log.Nonce}");
            }
        }

        return seen == folded.Count ? breaches : [.. breaches, $"{seen} cases, {folded.Count} in the log"];
    }

    private static async Task<List<string>> CountsAsync(Workspace workspace)
    {
        var breaches = new List<string>();
        async Task Zero(string what, string sql)
        {
            if (await workspace.ScalarAsync<long>(sql) is not 0 and var count)
            {
                breaches.Add($"{count} {what}");
            }
        }

        await Zero("command ids with an event and a refusal", "SELECT count(*) FROM case_events JOIN command_refusals USING (command_id)");
        await Zero("notes without their event or events without their note", """
            SELECT count(*) FROM (SELECT case_reference, nonce, body ->> 'body' AS text, actor FROM case_events WHERE action = 'note.add') e
            FULL JOIN case_notes n ON n.case_reference = e.case_reference AND n.nonce = e.nonce AND n.body = e.text AND n.author IS NOT DISTINCT FROM e.actor
            WHERE e.nonce IS NULL OR n.nonce IS NULL
            """);
        await Zero("too many or too few in global_head", "SELECT (SELECT nonce FROM global_head) - (SELECT count(*) FROM case_events)");
        return breaches;
    }

    private sealed record Folded(JsonNode? Blob, long Version, long Nonce)
    {
        public Folded Apply(string action, bool changed, JsonNode body) => new(
            !changed ? Blob : action is "case.merge" ? Merge(Blob, body) : body,
            changed ? Version + 1 : Version,
            Nonce + 1);

        /// <summary>RFC 7396 as its pseudocode has it.</summary>
        private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
        {
            if (patch is not JsonObject changes)
            {
                return patch?.DeepClone();
            }

            var merged = target is JsonObject old ? old.DeepClone().AsObject() : [];
            foreach (var (name, value) in changes)
            {
                var before = merged[name];
                merged.Remove(name);
                if (value is not null)
                {
                    merged[name] = Merge(before, value);
                }
            }

            return merged;
        }
    }
}
