using System.Text.Json.Nodes;

namespace CaseWorker.InteropTests.Examples;

/// <summary>The scripts of docs/examples/curl that speak to the worker itself.</summary>
public sealed class HttpTests(Servers servers)
{
    [Fact]
    public async Task The_scripts_send_read_and_follow_as_their_comments_say()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["CASEWORKER_URL"] = worker.Address.ToString().TrimEnd('/'), ["CASEWORKER_KEY"] = await worker.KeyAsync("editor") };
        await using var follower = WorkerProcess.Example(environment, "bash", "curl/follow.sh");

        (await RunAsync("send.sh", "1600000000000010", "case.create", """{"status": "open"}"""))["outcome"]!.ToString().ShouldBe("accepted");
        (await RunAsync("send.sh", "1600000000000010", "case.merge", """{"status": "granted"}""", """{"proposedVersion": 2}"""))["version"]!.ToString().ShouldBe("2");
        (await RunAsync("read.sh", "1600000000000010"))["blob"]!["status"]!.ToString().ShouldBe("granted");
        (await RunAsync("read.sh", "1600000000000010", "version=1"))["blob"]!["status"]!.ToString().ShouldBe("open");
        await using var conflict = WorkerProcess.Example(environment, "bash", "curl/send.sh", "1600000000000010", "case.create", "{}");
        (await conflict.ExitAsync()).ShouldBe(22, conflict.Output);
        conflict.Output.ShouldContain("case-exists");

        JsonNode.Parse(await follower.SaysAsync("\"globalNonce\":2"))!["action"]!.ToString().ShouldBe("case.merge");
        follower.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);

        async Task<JsonObject> RunAsync(string script, params string[] arguments)
        {
            await using var process = WorkerProcess.Example(environment, "bash", "curl/" + script, arguments);
            (await process.ExitAsync()).ShouldBe(0, process.Output);
            return JsonNode.Parse(process.StandardOutput)!.AsObject();
        }
    }
}
