using System.Globalization;
using System.Text.Json.Nodes;
using Shouldly;

namespace CaseWorker.IntegrationTests.CommandLine;

/// <summary>
/// <c>caseworker publish FILE --wait</c> against <c>caseworker run</c>, both as processes, with all 64 slots: what a file must come to is
/// known to the last blob. One file is made here; another, of a real municipality's permits, is taken where it lies beside the project.
/// </summary>
public sealed class PublishCommandTests(Servers servers)
{
    public static TheoryData<string> Files()
    {
        var files = new TheoryData<string> { "generated" };
        var permits = Path.GetFullPath(Path.Combine(Servers.Repository, "..", "shared", "data", "permit-applications.jsonl"));
        if (File.Exists(permits))
        {
            files.Add(permits);
        }

        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_of_commands_comes_out_exactly(string file)
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 64);
        var folder = Directory.CreateTempSubdirectory("caseworker-publish-");
        var (commands, expectation, summary) = file == "generated" ? await GenerateAsync(folder.FullName) : Permits(file);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await worker.StartedAsync();

        await using var publish = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "publish", commands, "--wait", "--json");
        (await publish.ExitAsync(300)).ShouldBe(0, publish.Output);

        var printed = JsonNode.Parse(publish.Output[publish.Output.IndexOf('{')..(publish.Output.LastIndexOf('}') + 1)])!;
        Summary.Of(printed).ShouldBe(summary);
        (await DifferencesAsync(workspace, expectation)).ShouldBeEmpty();
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_command_that_is_not_accepted_is_named_with_its_case_its_path_and_the_reason()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var folder = Directory.CreateTempSubdirectory("caseworker-publish-");
        var (commands, outcomes) = (Path.Combine(folder.FullName, "commands.jsonl"), Path.Combine(folder.FullName, "outcomes.jsonl"));
        await File.WriteAllTextAsync(commands, """
            {"commandId": "0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0b001", "caseReference": "7", "action": "case.create", "body": {}}
            {"commandId": "0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0b002", "caseReference": "7", "action": "case.merg", "body": {}, "proposedVersion": 2}
            {"commandId": "0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0b003", "caseReference": "7", "action": "case.merge", "body": {"a": 1}, "proposedVersion": 5}
            {"commandId": "0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0b003", "caseReference": "7", "action": "case.merge", "body": {"a": 1}, "proposedVersion": 5}
            """);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");
        await worker.StartedAsync();

        await using var publish = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "publish", commands, "--wait", "--outcomes", outcomes);
        (await publish.ExitAsync()).ShouldBe(1, publish.Output);

        publish.StandardOutput.ShouldContain("rejected: command 0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0b002, case 7: /action: ");
        publish.StandardOutput.ShouldContain("case.merge");
        publish.StandardOutput.ShouldContain("conflicted: command 0b2a4a3e-6a1f-4a39-9a53-0d7b8cf0b003, case 7: /proposedVersion: Proposed version 5; the case has version 1.");
        publish.StandardOutput.ShouldContain("all outcomes after");
        (await File.ReadAllLinesAsync(outcomes)).Select(line => $"{JsonNode.Parse(line)!["outcome"]}").ShouldBe(["accepted", "rejected", "conflicted"]);
        folder.Delete(recursive: true);
    }

    /// <summary>Figures that were worked out independently of this project, with the file.</summary>
    private static (string Commands, string Expectation, Summary Summary) Permits(string file) => (
        file,
        Path.ChangeExtension(file, "expected.jsonl"),
        new Summary(Accepted: 8_171, Unchanged: 258, Notes: 2_112, Conflicted: 406, Rejected: 0, Duplicates: 95));

    private static async Task<(string Commands, string Expectation, Summary Summary)> GenerateAsync(string folder)
    {
        var plan = new LoadPlan(seed: 2011, caseCount: 50, commandCount: 400);
        var commands = Path.Combine(folder, "commands.jsonl");
        await File.WriteAllLinesAsync(commands, plan.Commands.Select(command => command.ToJsonString()));
        var expectation = Path.Combine(folder, "expected.jsonl");
        await File.WriteAllLinesAsync(expectation, plan.Cases.Select(entry => new JsonObject
        {
            ["reference"] = entry.Key.ToString(CultureInfo.InvariantCulture),
            ["version"] = entry.Value.Version,
            ["nonce"] = entry.Value.Nonce,
            ["notes"] = entry.Value.Notes,
            ["blob"] = new JsonObject { ["n"] = entry.Value.Version == 1 ? 0 : entry.Value.Version, ["fixed"] = "x" },
        }.ToJsonString()));

        var accepted = plan.Outcomes.Values.Where(outcome => outcome.Outcome == "accepted").ToList();
        var notes = plan.Cases.Values.Sum(entry => entry.Notes);
        return (commands, expectation, new Summary(
            accepted.Count,
            accepted.Count(outcome => !outcome.Changed) - notes,
            notes,
            plan.Outcomes.Count - accepted.Count,
            Rejected: 0,
            plan.Commands.Count - plan.Outcomes.Count));
    }

    private static async Task<List<string>> DifferencesAsync(Workspace workspace, string expectation)
    {
        var found = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        await using var command = workspace.Database.CreateCommand("""
            SELECT json_build_object('reference', reference::text, 'version', version, 'nonce', nonce,
              'notes', (SELECT count(*) FROM case_notes WHERE case_reference = reference), 'blob', json_blob)::text
            FROM case_data
            """);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var entry = JsonNode.Parse(reader.GetString(0))!;
            found[entry["reference"]!.ToString()] = entry;
        }

        var expected = (await File.ReadAllLinesAsync(expectation)).Select(line => JsonNode.Parse(line)!).ToList();
        var differences = expected
            .Where(entry => !JsonNode.DeepEquals(entry, found.GetValueOrDefault(entry["reference"]!.ToString())))
            .Select(entry => $"{entry["reference"]}: {found.GetValueOrDefault(entry["reference"]!.ToString())?.ToJsonString() ?? "missing"} instead of {entry.ToJsonString()}")
            .ToList();
        return found.Count == expected.Count ? differences : [.. differences, $"{found.Count} cases instead of {expected.Count}"];
    }

    private sealed record Summary(int Accepted, int Unchanged, int Notes, int Conflicted, int Rejected, int Duplicates)
    {
        public static Summary Of(JsonNode json) => new(
            (int)json["accepted"]!, (int)json["unchanged"]!, (int)json["notes"]!, (int)json["conflicted"]!, (int)json["rejected"]!, (int)json["duplicates"]!);
    }
}
