using System.Globalization;
using System.Text.Json.Nodes;
using CaseWorker.IntegrationTests.HostileInput;
using CaseWorker.TestSupport.HostileInput;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>Every hostile message that is quarantined can be found, shown, taken out byte by byte, set aside and put back in the terminal.</summary>
public sealed class QuarantineTests(Servers servers)
{
    [Fact]
    public async Task Every_row_is_listed_shown_exported_discarded_and_restored()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var environment = await HostileEnvironment.OpenAsync(workspace);
        await workspace.StartWorkerAsync();
        var sent = new Dictionary<string, Sent>(StringComparer.Ordinal);
        foreach (var message in HostileMessages.All.Values.Where(message => message.Fate is Fate.Quarantined))
        {
            var hostile = await environment.SendAsync(message);
            sent.Add(hostile.Row, hostile);
        }

        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == sent.Count);
        var listed = Lines(await RunAsync(workspace, "dead", "list", "--limit", "10000", "--json"));
        listed.Count.ShouldBe(sent.Count);
        listed.ShouldAllBe(deadLetter => deadLetter["kind"]!.ToString() == "unreadable" && deadLetter["state"]!.ToString() == "open");

        foreach (var ids in listed.Select(deadLetter => deadLetter["id"]!.ToString()).Chunk(50))
        {
            var shown = await RunAsync(workspace, ["dead", "show", .. ids]);
            ids.ShouldAllBe(id => shown.Contains($"{id}, unreadable, open"));
            shown.Where(deadLetter => char.IsControl(deadLetter) && deadLetter is not '\n').ShouldBeEmpty("nothing that a terminal obeys");
        }

        foreach (var deadLetter in Lines(await RunAsync(workspace, "dead", "export")))
        {
            var row = sent[deadLetter["headers"]!["headers"]!["row"]!.ToString()];
            Convert.FromBase64String(deadLetter["bodyBase64"]!.ToString()).AsSpan().SequenceEqual(row.Body).ShouldBeTrue($"the very bytes of {row.Message.Name}");
            sent.Remove(row.Row).ShouldBeTrue();
        }

        sent.Keys.ShouldBeEmpty("all are exported");
        var count = listed.Count.ToString(CultureInfo.InvariantCulture);
        foreach (var reason in (string[])["not-json", "no-command-id", "no-case-reference"])
        {
            Lines(await RunAsync(workspace, "dead", "list", "--reason", reason, "--limit", "10000", "--json")).ShouldAllBe(deadLetter => deadLetter["reason"]!.ToString() == reason);
        }

        (await RunAsync(workspace, "dead", "discard", "--kind", "unreadable", "--reason", "noise", "--yes")).ShouldContain($"{count} dead letters: discard done");
        (await workspace.CountAsync("dead_letters WHERE state = 'discarded'")).ShouldBe(listed.Count);
        (await RunAsync(workspace, "dead", "restore", "--kind", "unreadable", "--reason", "needed", "--yes")).ShouldContain($"{count} dead letters: restore done");
        (await workspace.CountAsync("dead_letters WHERE state = 'open'")).ShouldBe(listed.Count);
        (await workspace.CountAsync($"operator_audit WHERE cardinality(ids) = {count}")).ShouldBe(2);
    }

    private static List<JsonNode> Lines(string output) => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private static async Task<string> RunAsync(Workspace workspace, params string[] arguments)
    {
        await using var process = WorkerProcess.CaseWorker(workspace, batchLimit: 400, arguments);
        (await process.ExitAsync(seconds: 120)).ShouldBe(0, process.Output[..Math.Min(process.Output.Length, 4_000)]);
        return process.StandardOutput;
    }
}
