using System.Net;
using System.Text.RegularExpressions;
using Shouldly;

namespace CaseWorker.IntegrationTests.Demo;

/// <summary><c>infra/demo.sh</c>, on servers that are there.</summary>
public sealed partial class DemoTests(Servers servers)
{
    private static readonly string Script = Path.Combine(PrivateServers.Repository, "infra", "demo.sh");

    [Fact]
    public async Task What_a_kept_demo_prints_works_as_printed_until_its_input_ends()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 64);
        var folder = Directory.CreateTempSubdirectory("caseworker-demo-test-");
        var input = Path.Combine(folder.FullName, "input");
        await RunAsync(new Dictionary<string, string?>(StringComparer.Ordinal), $"mkfifo '{input}'");
        await using var demo = WorkerProcess.Program(Environment(workspace), "bash", "-c", $"exec '{Script}' --keep --seconds 1 < '{input}'");
        await using (var terminal = await Task.Run(() => new FileStream(input, FileMode.Open, FileAccess.Write)))
        {
            await demo.SaysAsync("Press Enter to stop.", seconds: 180);
            var lines = demo.Output.Split('\n').Select(line => line.Trim()).ToList();
            var path = lines.Single(line => line.StartsWith("export PATH=", StringComparison.Ordinal));
            var commands = lines.Select(line => Command().Match(line)).Where(match => match.Success).Select(match => match.Value).ToList();
            commands.Count.ShouldBe(5);
            var nothing = Environment(workspace).ToDictionary(entry => entry.Key, _ => (string?)null, StringComparer.Ordinal);
            foreach (var command in commands)
            {
                await RunAsync(nothing, $"{path}\n{command}");
            }

            using var client = new HttpClient();
            var page = lines.First(line => line.StartsWith("The page for operators: ", StringComparison.Ordinal)).Split(' ')[^1];
            (await client.GetAsync(new Uri(page), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await demo.ExitAsync()).ShouldBe(0, demo.Output);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_demo_that_is_not_kept_ends_and_prints_no_command_that_cannot_work()
    {
        await using var workspace = await Workspace.CreateAsync(servers, slots: 64);
        await using var demo = WorkerProcess.Program(Environment(workspace), Script, "--no-keep", "--seconds", "1");
        (await demo.ExitAsync(180)).ShouldBe(0, demo.Output);
        demo.Output.ShouldContain("--keep leaves");
        Command().IsMatch(demo.Output).ShouldBeFalse();
    }

    private static Dictionary<string, string?> Environment(Workspace workspace) => new(workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal), StringComparer.Ordinal)
    {
        ["CASEWORKER_DEMO_BUILT"] = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
    };

    private static async Task RunAsync(IReadOnlyDictionary<string, string?> environment, string script)
    {
        await using var shell = WorkerProcess.Program(environment, "bash", "-ec", script);
        (await shell.ExitAsync()).ShouldBe(0, $"{script}\n{shell.Output}");
    }

    /// <summary>A command at the start of a line, up to its explanation.</summary>
    [GeneratedRegex(@"^ *caseworker( [\w-]+)+(?=  )", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}
