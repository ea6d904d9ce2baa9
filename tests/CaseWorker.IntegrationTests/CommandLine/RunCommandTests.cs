using System.Net;
using CaseWorker.IntegrationTests.Persistence;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.CommandLine;

/// <summary>What an operator sees who starts <c>caseworker run</c> with something wrong.</summary>
public sealed class RunCommandTests(Servers servers)
{
    [Theory]
    [InlineData("ConnectionStrings__CaseWorker", null, "ConnectionStrings__CaseWorker")]
    [InlineData("ConnectionStrings__CaseWorker", "  ", "ConnectionStrings__CaseWorker")]
    [InlineData("ConnectionStrings__CaseWorker", "Hots=127.0.0.1;Password=s3cret", "ConnectionStrings:CaseWorker is no Npgsql connection string")]
    [InlineData("RabbitMq__Uri", null, "RabbitMq__Uri")]
    [InlineData("RabbitMq__Uri", "127.0.0.1:5672", "RabbitMq:Uri is not an AMQP URI")]
    [InlineData("RabbitMq__Uri", "http://guest:s3cret@127.0.0.1/", "RabbitMq:Uri is not an AMQP URI")]
    [InlineData("CaseWorker__Concurrency", "0", "CaseWorker__Concurrency")]
    [InlineData("CaseWorker__Lanes", "0", "CaseWorker__Concurrency")] // the old name
    [InlineData("CaseWorker__Slots", "65", "CaseWorker__Slots")]
    [InlineData("CaseWorker__BatchLimit", "-1", "CaseWorker__BatchLimit")]
    [InlineData("CaseWorker__PrefetchPerSlot", "2001", "CaseWorker__PrefetchPerSlot")]
    [InlineData("CaseWorker__DeliveryLimit", "19", "CaseWorker__DeliveryLimit")]
    [InlineData("CaseWorker__Concurrency", "many", "Concurrency")]
    public async Task A_wrong_setting_ends_it_at_once_with_a_sentence_that_names_it(string variable, string? value, string named)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = WorkerProcess.CaseWorker(With(workspace, (variable, value)), "run");

        (await worker.ExitAsync(seconds: 30)).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain(named);
        ShouldHaveNoStackTrace(worker);
        worker.Output.ShouldNotContain("s3cret");
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'caseworker'")).ShouldBe(0);
    }

    [Fact]
    public async Task All_wrong_options_are_named_at_once()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = WorkerProcess.CaseWorker(With(workspace, ("CaseWorker__Concurrency", "0"), ("CaseWorker__BatchLimit", "0")), "run");

        (await worker.ExitAsync(seconds: 30)).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain("CaseWorker__Concurrency");
        worker.Output.ShouldContain("CaseWorker__BatchLimit");
    }

    [Fact]
    public async Task A_database_without_a_schema_ends_it_and_names_the_command_that_makes_one()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");

        (await worker.ExitAsync(seconds: 60)).ShouldBe(2, worker.Output);
        worker.Output.TrimEnd().Split('\n')[^1].ShouldContain("caseworker db apply", Case.Sensitive, "the last thing that it says");
        ShouldHaveNoStackTrace(worker);
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).ShouldBe(0, "it makes nothing by itself");
    }

    [Fact]
    public async Task A_schema_that_is_newer_than_the_worker_ends_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await SchemaCommandTests.MakeNewerAsync(workspace);
        await using var worker = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "run");

        (await worker.ExitAsync(seconds: 60)).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain("newer than this worker");
        worker.Output.ShouldContain("99990101000000_Future");
    }

    [Theory]
    [InlineData("Database", "nowhere", "caseworker db apply")]
    [InlineData("Password", "wrong", "password authentication failed")]
    public async Task A_database_that_refuses_is_not_waited_for(string setting, string value, string said)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var connection = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { [setting] = value }.ConnectionString;
        await using var worker = WorkerProcess.CaseWorker(With(workspace, ("ConnectionStrings__CaseWorker", connection)), "run");

        (await worker.ExitAsync(seconds: 60)).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain(said);
        ShouldHaveNoStackTrace(worker);
    }

    [Theory]
    [InlineData("somebody", "/", "ACCESS_REFUSED")]
    [InlineData("guest", "/nowhere", "vhost nowhere not found")]
    public async Task A_broker_that_refuses_is_not_waited_for(string user, string path, string said)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var broker = new UriBuilder(workspace.Broker) { UserName = user, Path = path }.Uri.ToString();
        await using var worker = WorkerProcess.CaseWorker(With(workspace, ("RabbitMq__Uri", broker)), "run");

        (await worker.ExitAsync(seconds: 60)).ShouldBe(2, worker.Output);
        worker.Output.ShouldContain("RabbitMq:Uri");
        worker.Output.ShouldContain(said);
        ShouldHaveNoStackTrace(worker);
    }

    [Fact]
    public async Task A_queue_that_was_made_otherwise_is_named()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartAndStopWorkerAsync();
        await using var worker = WorkerProcess.CaseWorker(With(workspace, ("CaseWorker__DeliveryLimit", "77")), "run");
        await worker.SaysAsync("x-delivery-limit");
        worker.Output.ShouldContain("cannot be consumed");
        ShouldHaveNoStackTrace(worker);
    }

    [Fact]
    public async Task A_database_that_is_not_up_yet_is_waited_for_and_health_says_so()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        var command = CommandJson.Create(4);
        await (await workspace.PublisherAsync()).SendAsync(command);
        await using var proxy = NetworkProxy.To(new NpgsqlConnectionStringBuilder(workspace.WorkerConnection).Port);
        var connection = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString;

        await using var worker = WorkerProcess.CaseWorker(With(workspace, ("ConnectionStrings__CaseWorker", connection)), "run");
        await worker.SaysAsync("The database cannot be reached yet");
        using var client = new HttpClient { BaseAddress = await worker.AddressAsync() };
        (await client.GetAsync("/livez")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        proxy.Open();
        (await inbox.OfAsync(command)).Outcome.ShouldBe("accepted");
        await worker.StartedAsync();
        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_broker_that_is_not_up_yet_is_waited_for()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartAndStopWorkerAsync();
        var command = CommandJson.Create(4);
        await (await workspace.PublisherAsync()).SendAsync(command);
        await using var proxy = NetworkProxy.To(workspace.Broker.Port);

        await using var worker = WorkerProcess.CaseWorker(With(workspace, ("RabbitMq__Uri", new UriBuilder(workspace.Broker) { Port = proxy.Port }.Uri.ToString())), "run");
        using var client = new HttpClient { BaseAddress = await worker.AddressAsync() };
        (await client.GetAsync("/livez")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("/readyz")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        proxy.Open();
        (await inbox.OfAsync(command)).Outcome.ShouldBe("accepted");
        worker.HasExited.ShouldBeFalse();
    }

    internal static void ShouldHaveNoStackTrace(WorkerProcess worker) =>
        worker.Output.ShouldNotContain("   at ", Case.Sensitive, $"a stack trace is no help: {worker.Output}");

    internal static Dictionary<string, string?> With(Workspace workspace, params (string Name, string? Value)[] changes)
    {
        var environment = workspace.Environment().ToDictionary(entry => entry.Key, entry => (string?)entry.Value, StringComparer.Ordinal);
        foreach (var (name, value) in changes)
        {
            environment[name] = value;
        }

        return environment;
    }
}
