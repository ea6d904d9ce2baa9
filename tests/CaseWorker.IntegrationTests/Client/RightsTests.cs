using System.Net.Http.Json;
using CaseWorker.Client;
using CaseWorker.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>A producer's or subscriber's user needs little, and what is missing is told at once.</summary>
public sealed class RightsTests(Servers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_documented_rights_are_enough_to_publish_and_to_submit()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var user = await UserAsync(workspace, configure: "^case-replies\\..*", write: "^case-commands$", read: "^case-replies\\..*");
        var client = await ClientHost.StartAsync(workspace, options => options.Broker = user);

        await client.PublishAsync(CaseCommands.Create(5, new { }));
        (await client.SubmitAsync(CaseCommands.AddNote(5, "hello"), TimeSpan.FromSeconds(60))).ShouldBeOfType<CaseAccepted>();
    }

    [Fact]
    public async Task The_documented_rights_are_enough_to_handle_outcomes()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        var user = await UserAsync(workspace, configure: "^(office(\\.dead)?|case-outcomes\\..*)$", write: "^(office(\\.dead)?|amq\\.default)$", read: "^(office(\\.dead)?|case-outcomes\\..*)$");
        var first = new TaskCompletionSource<CaseOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(first);
        builder.Services.AddCaseWorkerClient(options => (options.Broker, options.Api, options.ApiKey) = (user, api.Address, CaseApi.Key)).AddOutcomeHandler<First>(handler =>
        {
            handler.Queue = "office";
            handler.UsePositionsInMemory();
        });
        using var subscriber = builder.Build();
        await subscriber.StartAsync();
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);

        // Whenever its queue is there: what comes before is read from the API.
        var create = await client.SubmitAsync(CaseCommands.Create(5, new { }), TimeSpan.FromSeconds(60));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!first.Task.IsCompleted && !limit.IsCancellationRequested)
        {
            await client.SubmitAsync(CaseCommands.AddNote(5, "hello"), TimeSpan.FromSeconds(60));
        }

        (await first.Task.WaitAsync(Limit)).ShouldBe(create);
        await subscriber.StopAsync();
    }

    [Fact]
    public async Task Who_may_only_write_publishes_and_is_told_why_it_cannot_submit()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var user = await UserAsync(workspace, configure: "^$", write: "^case-commands$", read: "^$");
        var client = await ClientHost.StartAsync(workspace, options => options.Broker = user);

        var error = await Should.ThrowAsync<CommandRefusedException>(client.SubmitAsync(CaseCommands.AddNote(5, "hello"), TimeSpan.FromSeconds(60)).WaitAsync(Limit));
        error.MayTakeEffect.ShouldBeFalse();
        error.Message.ShouldContain("refused to make a queue for the answer");
        await client.PublishAsync(CaseCommands.AddNote(5, "hello"));
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(1), 1);
    }

    [Fact]
    public async Task Who_may_not_write_is_refused()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var user = await UserAsync(workspace, configure: "^$", write: "^$", read: "^$");
        var client = await ClientHost.StartAsync(workspace, options => options.Broker = user);

        var error = await Should.ThrowAsync<CommandRefusedException>(client.PublishAsync(CaseCommands.AddNote(5, "hello")).WaitAsync(Limit));
        error.MayTakeEffect.ShouldBeFalse();
        error.Message.ShouldContain("ACCESS_REFUSED");
    }

    [Fact]
    public async Task A_refused_login_is_told_without_the_password()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var client = await ClientHost.StartAsync(workspace, options => options.Broker = new UriBuilder(workspace.Broker) { Password = "guessed" }.Uri);

        var error = await Should.ThrowAsync<BrokerUnavailableException>(client.PublishAsync(CaseCommands.AddNote(5, "hello")).WaitAsync(Limit));
        error.MayTakeEffect.ShouldBeFalse();
        error.Message.ShouldContain("ACCESS_REFUSED");
        error.ToString().ShouldNotContain("guessed");
    }

    [Fact]
    public async Task A_virtual_host_that_does_not_exist_is_told()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var client = await ClientHost.StartAsync(workspace, options => options.Broker = new UriBuilder(workspace.Broker) { Path = "/nowhere" }.Uri);

        var error = await Should.ThrowAsync<BrokerUnavailableException>(client.PublishAsync(CaseCommands.AddNote(5, "hello")).WaitAsync(Limit));
        error.Message.ShouldContain("virtual host \"nowhere\"");
        error.Message.ShouldContain("not found");
    }

    private async Task<Uri> UserAsync(Workspace workspace, string configure, string write, string read)
    {
        var name = $"u{Guid.NewGuid():n}";
        using var management = servers.ManagementClient();
        (await management.PutAsJsonAsync($"/api/users/{name}", new { password = name, tags = "" })).EnsureSuccessStatusCode();
        (await management.PutAsJsonAsync($"/api/permissions{workspace.Broker.AbsolutePath}/{name}", new { configure, write, read })).EnsureSuccessStatusCode();
        return new UriBuilder(workspace.Broker) { UserName = name, Password = name }.Uri;
    }

    private sealed class First(TaskCompletionSource<CaseOutcome> first) : IOutcomeHandler
    {
        public Task HandleAsync(CaseOutcome outcome, OutcomeContext context, CancellationToken cancellationToken)
        {
            first.TrySetResult(outcome);
            return Task.CompletedTask;
        }
    }
}
