using System.Globalization;
using CaseWorker.IntegrationTests.Packages;
using Shouldly;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>Does what docs/extending.md says, in a folder of its own outside the repository.</summary>
public sealed class PageTests(Servers servers, PackageFeed feed)
{
    [Fact]
    public async Task The_page_leads_from_dotnet_new_to_an_accepted_command_of_ones_own()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        var folder = Directory.CreateTempSubdirectory("caseworker-page-");
        try
        {
            await feed.ReadyAsync();
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "nuget.config"),
                $"""<configuration><packageSources><add key="caseworker" value="{feed.Folder}" /></packageSources></configuration>""");
            var inbox = await workspace.InboxAsync();
            foreach (var block in Page.Read("extending.md"))
            {
                await FollowAsync(workspace, folder.FullName, block);
            }

            await inbox.WaitAsync(all => all.Count == 2, "both outcomes");
            inbox.All.Select(received => $"{received.Body["action"]} {received.Outcome}").ShouldBe(["case.create accepted", "reminder.set accepted"]);
            (await workspace.ScalarAsync<string>("SELECT case_reference || ' ' || nonce || ' ' || due_on || ' ' || text FROM case_reminders"))
                .ShouldBe("1600000000000077 2 2199-01-31 call back");

            // "Publish the file again": the page's last promise.
            await RunAsync(workspace, folder.FullName, Page.Read("extending.md")[^1].Text);
            await inbox.WaitAsync(all => all.Count == 4, "the same outcomes again");
            (await workspace.CountAsync("case_reminders")).ShouldBe(1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task FollowAsync(Workspace workspace, string folder, Page.Block block)
    {
        if (block.File is { } file)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, file), block.Text);
        }
        else if (block.Text.TrimEnd().EndsWith("-- run", StringComparison.Ordinal))
        {
            await workspace.Own(Shell(workspace, folder, block.Text)).StartedAsync();
        }
        else
        {
            await RunAsync(workspace, folder, block.Text);
        }
    }

    private static async Task RunAsync(Workspace workspace, string folder, string script)
    {
        await using var shell = Shell(workspace, folder, script);
        (await shell.ExitAsync(seconds: 300)).ShouldBe(0, string.Create(CultureInfo.InvariantCulture, $"{script}\n{shell.Output}"));
    }

    private static WorkerProcess Shell(Workspace workspace, string folder, string script)
    {
        var environment = workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        return WorkerProcess.Program(environment, "bash", "-ec", $"cd '{folder}'\n{script}");
    }
}
