using CaseWorker.IntegrationTests.CommandLine;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Persistence;

/// <summary><c>caseworker db apply | script | assert</c> as an operator runs them.</summary>
public sealed class SchemaCommandTests(Servers servers)
{
    [Fact]
    public async Task Apply_makes_the_schema_once_and_a_second_time_changes_nothing()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        (await RunAsync(workspace, "assert")).ShouldBe((1, "caseworker db apply"));
        (await RunAsync(workspace, "apply")).ShouldBe((0, "Applied 20261123000001_Cases"));
        (await RunAsync(workspace, "assert")).ShouldBe((0, "The schema fits this worker."));
        await workspace.StartWorkerAsync();
        var inbox = await workspace.InboxAsync();
        var command = CommandJson.Create(4);
        await (await workspace.PublisherAsync()).SendAsync(command);
        (await inbox.OfAsync(command)).Outcome.ShouldBe("accepted");

        (await RunAsync(workspace, "apply")).ShouldBe((0, "up to date"));
        (await RunAsync(workspace, "assert")).ShouldBe((0, "The schema fits this worker."));
        (await workspace.CountAsync("case_events")).ShouldBe(1);
    }

    [Fact]
    public async Task Script_runs_on_an_empty_database_and_again_and_assert_is_content()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var script = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", null), ("ConnectionStrings__CaseWorkerOwner", null), ("RabbitMq__Uri", null)), "db", "script");
        (await script.ExitAsync()).ShouldBe(0, script.Output);
        for (var time = 1; time <= 2; time++)
        {
            await using var owner = NpgsqlDataSource.Create(workspace.OwnerConnection);
            await using var command = owner.CreateCommand(script.StandardOutput);
            await command.ExecuteNonQueryAsync();
            (await RunAsync(workspace, "assert")).ShouldBe((0, "The schema fits this worker."));
        }

        (await workspace.ScalarAsync<long>("SELECT nonce FROM global_head")).ShouldBe(0);
        (await RunAsync(workspace, "apply")).ShouldBe((0, "up to date"));
    }

    [Fact]
    public async Task Assert_refuses_a_schema_that_is_newer_than_the_worker()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await MakeNewerAsync(workspace);
        (await RunAsync(workspace, "assert")).ShouldBe((1, "99990101000000_Future"));
    }

    [Theory]
    [InlineData("ALTER TABLE case_notes DROP COLUMN author", "case_notes.author")]
    [InlineData("ALTER TABLE case_data ALTER COLUMN json_blob TYPE text", "case_data.json_blob")]
    [InlineData("REVOKE INSERT ON case_events FROM caseworker_app", "may not INSERT case_events")]
    [InlineData("DELETE FROM global_head", "global_head must have one row; it has 0")]
    public async Task Assert_names_what_was_changed_by_hand(string change, string named)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        if (change.StartsWith("ALTER TABLE case_data", StringComparison.Ordinal))
        {
            // Its own check stands in the way of a text.
            await workspace.ExecuteAsync("ALTER TABLE case_data DROP CONSTRAINT case_data_json_blob_check");
        }

        await workspace.ExecuteAsync(change);
        (await RunAsync(workspace, "assert")).ShouldBe((1, named));
    }

    [Theory]
    [InlineData("assert")]
    [InlineData("apply")]
    public async Task An_unreachable_database_has_an_exit_code_of_its_own(string verb)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var proxy = NetworkProxy.To(0);
        var nowhere = new NpgsqlConnectionStringBuilder(workspace.WorkerConnection) { Port = proxy.Port }.ConnectionString;
        await using var process = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorker", nowhere), ("ConnectionStrings__CaseWorkerOwner", nowhere)), "db", verb);

        (await process.ExitAsync()).ShouldBe(2, process.Output);
        process.Output.ShouldContain("The database cannot be reached");
        process.Output.ShouldNotContain("   at ", Case.Sensitive, "a stack trace is no help");
    }

    internal static Task MakeNewerAsync(Workspace workspace) =>
        workspace.ExecuteAsync("""INSERT INTO "__EFMigrationsHistory" VALUES ('99990101000000_Future', '99.0.0')""");

    /// <summary>The exit code, and a text found in what was said; the whole of it where the verb said something else.</summary>
    private static async Task<Said> RunAsync(Workspace workspace, string verb)
    {
        await using var process = WorkerProcess.CaseWorker(workspace, batchLimit: 400, "db", verb);
        return new Said(await process.ExitAsync(), process.Output);
    }

    /// <summary>Equal to an exit code with a text that it said.</summary>
    private sealed record Said(int Code, string Output)
    {
        public void ShouldBe((int Code, string Text) expected)
        {
            Code.ShouldBe(expected.Code, Output);
            Output.ShouldContain(expected.Text, Case.Sensitive);
        }
    }
}
