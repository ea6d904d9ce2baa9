using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>A team's own tables beside the product's: applied, checked and granted by the same verbs.</summary>
public sealed class OwnTablesTests(Servers servers)
{
    [Fact]
    public async Task Apply_makes_both_schemas_once_and_assert_and_check_look_at_both()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        (await Documents.RunAsync(workspace, 1, "db", "assert")).ShouldContain("db apply");
        (await Documents.ApplyAsync(workspace)).ShouldContain("Applied 20261123000001_Evidence");
        (await Documents.RunAsync(workspace, 0, "db", "assert")).ShouldContain("The schema fits this worker.");
        (await Documents.ApplyAsync(workspace)).ShouldContain("up to date");

        await workspace.ExecuteAsync("ALTER TABLE case_evidence ALTER COLUMN party TYPE varchar(50)");
        (await Documents.RunAsync(workspace, 1, "db", "assert")).ShouldContain("party text is missing or has another type");
        (await Documents.RunAsync(workspace, 1, "check", "--json")).ShouldContain("party text is missing");
    }

    [Fact]
    public async Task A_worker_does_not_start_before_its_own_tables_are_there_and_says_what_to_do()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        (await Documents.RunAsync(workspace, 2, "run")).ShouldContain("The tables of EvidenceDbContext lack 20261123000001_Evidence. Run `db apply` of this program.");
    }

    [Theory]
    [InlineData("REVOKE INSERT ON case_evidence FROM caseworker_app", "may not INSERT")]
    [InlineData("""INSERT INTO "__EFMigrations_EvidenceDbContext" VALUES ('99990101000000_Future', '99.0.0')""", "are newer than this program")]
    public async Task Assert_names_what_was_changed_by_hand(string change, string named)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Documents.ApplyAsync(workspace);
        await workspace.ExecuteAsync(change);
        (await Documents.RunAsync(workspace, 1, "db", "assert")).ShouldContain(named);
    }

    [Fact]
    public async Task The_script_makes_the_same_and_can_be_run_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var script = WorkerProcess.Evidence(workspace, batchLimit: 400, "db", "script");
        (await script.ExitAsync()).ShouldBe(0, script.Output);
        for (var time = 1; time <= 2; time++)
        {
            await using var owner = NpgsqlDataSource.Create(workspace.OwnerConnection);
            await using var command = owner.CreateCommand(script.StandardOutput);
            await command.ExecuteNonQueryAsync();
            (await Documents.RunAsync(workspace, 0, "db", "assert")).ShouldContain("fits");
        }
    }

    [Theory]
    [InlineData("DELETE FROM case_evidence")]
    [InlineData("TRUNCATE case_evidence")]
    [InlineData("UPDATE case_evidence SET sha256 = 'x'")]
    [InlineData("UPDATE case_evidence SET party = 'somebody else'")]
    public async Task The_worker_has_no_right_to_delete_evidence_or_to_change_what_was_attached(string statement)
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await Documents.ApplyAsync(workspace);
        await using var worker = CaseWorker.Persistence.CaseWorkerDataSource.Connect(workspace.WorkerConnection);
        await using var command = worker.CreateCommand(statement);
        (await Should.ThrowAsync<PostgresException>(command.ExecuteNonQueryAsync())).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task Describe_lists_the_registered_actions()
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var describe = WorkerProcess.Evidence(workspace, batchLimit: 400, "describe", "--json");
        (await describe.ExitAsync()).ShouldBe(0, describe.Output);
        JsonNode.Parse(describe.StandardOutput)!["actions"]!.AsArray().Where(action => !action!["isBuiltIn"]!.GetValue<bool>()).Select(action => action!["name"]!.ToString())
            .ShouldBe(["evidence.attach", "evidence.withdraw", "evidence.publish"]);
    }
}
