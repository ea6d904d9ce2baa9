using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using CaseWorker.Client;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>A command is published when the broker has it in its case's queue, and in the caller's order.</summary>
public sealed class PublishTests(Servers servers)
{
    [Fact]
    public async Task A_published_command_reaches_its_outcome()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);
        var create = CaseCommands.Create(9_007_199_254_740_993, new { Text = "öffentlich 😀" }) with { Actor = "Ada", CorrelationId = "thread 7" };

        await client.PublishAsync(create);

        await inbox.ForAllAsync([create.CommandId]);
        inbox.All.ShouldHaveSingleItem().Outcome.ShouldBe("accepted");
        (await workspace.ScalarAsync<bool>("""SELECT json_blob = '{"text": "öffentlich 😀"}' FROM case_data WHERE reference = 9007199254740993""")).ShouldBeTrue();
    }

    [Fact]
    public async Task On_the_wire_it_is_plain_persistent_JSON_with_its_id_and_the_callers_trace()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var tap = await workspace.TapAsync();
        var client = await ClientHost.StartAsync(workspace);
        var command = CaseCommands.Merge(7, new { a = 1, gone = (string?)null }, proposedVersion: 2);
        using var activity = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.TraceStateString = "vendor=1";

        await client.PublishAsync(command);
        Activity.Current = null;
        await client.PublishAsync(CaseCommands.AddNote(7, "without a trace"));

        var taken = await tap.TakeAsync();
        var message = taken[0];
        message.RoutingKey.ShouldBe("3");
        message.BasicProperties.ContentType.ShouldBe("application/json");
        message.BasicProperties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
        message.BasicProperties.MessageId.ShouldBe(command.CommandId.ToString());
        Encoding.UTF8.GetString((byte[])message.BasicProperties.Headers!["traceparent"]!).ShouldBe(activity.Id);
        Encoding.UTF8.GetString((byte[])message.BasicProperties.Headers["tracestate"]!).ShouldBe("vendor=1");
        JsonNode.DeepEquals(
            JsonNode.Parse(message.Body.Span),
            new JsonObject { ["commandId"] = command.CommandId.ToString(), ["caseReference"] = "7", ["action"] = "case.merge", ["proposedVersion"] = 2, ["body"] = new JsonObject { ["a"] = 1, ["gone"] = null } }).ShouldBeTrue();
        taken[1].BasicProperties.Headers?.ContainsKey("traceparent").ShouldNotBe(true);
    }

    [Fact]
    public async Task Commands_that_are_published_without_awaiting_each_keep_their_order()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);
        var commands = Enumerable.Range(0, 500).Select(n => n == 0
            ? CaseCommands.Create(11, new { n })
            : CaseCommands.Merge(11, new { n }, proposedVersion: n + 1)).ToList();

        // Each fits only behind the one before it; the connection is made while the first wait.
        await Task.WhenAll(commands.Select(command => client.PublishAsync(command)).ToList());

        await inbox.ForAllAsync([.. commands.Select(command => command.CommandId)]);
        inbox.All.ShouldAllBe(outcome => outcome.Outcome == "accepted");
    }

    [Fact]
    public async Task More_than_the_limit_at_once_is_refused_and_goes_through_later()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var client = await ClientHost.StartAsync(workspace, options => options.MaxOutstandingCommands = 10);
        var ten = Enumerable.Range(0, 10).Select(n => client.PublishAsync(CaseCommands.AddNote(4, $"{n}"))).ToList();
        var eleventh = CaseCommands.AddNote(4, "11");

        var error = Should.Throw<TooManyCommandsException>(() => { _ = client.PublishAsync(eleventh); });
        error.MayTakeEffect.ShouldBeFalse();
        error.Message.ShouldContain("10 commands are in flight");
        await Task.WhenAll(ten);
        await client.PublishAsync(eleventh);

        await workspace.UntilReadyAsync(CaseTopology.QueueOf(0), 11);
    }

    [Fact]
    public async Task A_command_that_cannot_be_read_is_refused_before_it_is_sent()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var client = await ClientHost.StartAsync(workspace);
        var good = CaseCommands.AddNote(4, "fine");

        foreach (var bad in new[] { good with { CommandId = Guid.Empty }, good with { CaseReference = 0 }, good with { Action = "" }, good with { Body = default } })
        {
            Should.Throw<ArgumentException>(() => { _ = client.PublishAsync(bad); });
        }
    }

    [Fact]
    public async Task A_stop_lets_what_was_published_reach_the_broker()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var host = await ClientHost.CreateAsync(workspace);
        var client = host.Client;
        var publishing = Enumerable.Range(0, 300).Select(n => client.PublishAsync(CaseCommands.AddNote(4, $"{n}"))).ToList();

        await host.DisposeAsync();

        publishing.ShouldAllBe(task => task.IsCompletedSuccessfully);
        (await workspace.ReadyAsync(CaseTopology.QueueOf(0))).ShouldBe(300u);
        Should.Throw<ObjectDisposedException>(() => { _ = client.PublishAsync(CaseCommands.AddNote(4, "too late")); });
    }
}
