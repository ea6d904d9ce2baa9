using CaseWorker.Contracts;
using CaseWorker.IntegrationTests.Actions;
using CaseWorker.IntegrationTests.Packages;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Documentation;

/// <summary>Follows the pages for producers and subscribers in an empty folder, with the packages of this build: commands, files and programs as they are printed.</summary>
public sealed class SnippetTests(Servers servers, PackageFeed feed)
{
    [Fact]
    public async Task The_page_for_producers_leads_to_accepted_commands_from_dotnet_python_a_file_and_HTTP()
    {
        await using var site = await Site.CreateAsync(servers, feed);
        var inbox = await site.Workspace.InboxAsync();
        var blocks = Page.Read("producers.md");
        await site.RunAsync(blocks.Single(block => block.Text.StartsWith("dotnet new", StringComparison.Ordinal)).Text);
        await site.WriteAsync(blocks);
        (await site.RunAsync("dotnet run --project office")).ShouldContain("accepted 200");
        await site.RunAsync($"{Programs.Python} <<'PYTHON'\n{blocks.Single(block => block.Language is "python").Text}PYTHON");
        (await site.RunAsync(blocks.Single(block => block.Text.Contains("publish commands.jsonl", StringComparison.Ordinal)).Text)).ShouldContain("all outcomes after");
        (await site.RunAsync(blocks.Single(block => block.Text.Contains("curl", StringComparison.Ordinal)).Text)).ShouldContain("\"outcome\":\"accepted\"");

        await inbox.WaitAsync(all => all.Count == 8, "an outcome for each");
        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
    }

    [Fact]
    public async Task The_page_of_the_client_leads_to_a_program_that_publishes_submits_updates_and_handles()
    {
        await using var site = await Site.CreateAsync(servers, feed);
        var blocks = Page.Read("clients.md");
        await site.RunAsync(blocks.Single(block => block.Language is "sh").Text);
        await site.WriteAsync(blocks);

        await using var program = site.Start("dotnet run --project office");
        await program.SaysAsync("accepted, then version 2", seconds: 240);
        await (await site.Workspace.PublisherAsync()).SendAsync(CommandJson.Note(4711, "Visited again."));
        await program.SaysAsync("4711: case.create accepted");
        await program.SaysAsync("4711: note.add accepted");
    }

    [Fact]
    public async Task The_page_for_subscribers_leads_to_programs_with_EF_Core_MassTransit_and_Python_that_get_the_outcome()
    {
        await using var site = await Site.CreateAsync(servers, feed);
        var blocks = Page.Read("subscribers.md");
        foreach (var block in blocks.Where(block => block.Language is "sh"))
        {
            await site.RunAsync(block.Text);
        }

        await site.WriteAsync(blocks);
        await site.RunAsync("dotnet build invoices && dotnet build mailer");
        await using var invoices = site.Start("dotnet run --no-build --project invoices");
        await invoices.SaysAsync("Application started", seconds: 240);
        await using var mailer = site.Start("dotnet run --no-build --project mailer");
        await mailer.SaysAsync("Bus started", seconds: 240);
        await DeclareQueueAsync(site.Workspace);
        await using var python = site.Start($"exec {Programs.Python} -u - <<'PYTHON'\n{blocks.Single(block => block.Language is "python").Text}PYTHON");

        await (await site.Workspace.PublisherAsync()).SendAsync(CommandJson.Create(77));
        await invoices.SaysAsync("invoice for 77");
        await mailer.SaysAsync("77: event 1");
        await python.SaysAsync("77 accepted 200");
    }

    /// <summary>As the snippet in Python declares it; so nothing is published before it is bound.</summary>
    private static async Task DeclareQueueAsync(Workspace workspace)
    {
        const string queue = "my-team.outcomes";
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(queue, CaseTopology.OutcomeExchange, routingKey: "");
    }
}
