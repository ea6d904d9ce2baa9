using CaseWorker.IntegrationTests.CommandLine;
using Shouldly;

namespace CaseWorker.IntegrationTests.Security;

/// <summary>Keys are made, listed and revoked in the terminal; their secrets are seen once.</summary>
public sealed class KeysCommandTests(Servers servers)
{
    [Fact]
    public async Task A_key_is_shown_once_and_kept_as_a_hash()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (code, key, hint) = await RunAsync(workspace, "create", "--name", "ann", "--scope", "operator");

        code.ShouldBe(0);
        key.Trim().ShouldMatch("^cwk_[0-9a-f]{8}_[0-9a-f]{48}$");
        hint.ShouldContain("cannot be shown again");
        (await workspace.ScalarAsync<bool>($"SELECT hash = sha256('{key.Trim()}'::bytea) FROM api_keys")).ShouldBeTrue();
        var (_, list, _) = await RunAsync(workspace, "list");
        list.ShouldContain("ann");
        list.ShouldNotContain(key.Trim()[^48..]);
    }

    [Fact]
    public async Task A_revoked_key_stays_in_the_list_and_cannot_be_revoked_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var (_, key, _) = await RunAsync(workspace, "create", "--name", "ann");
        var id = key.Trim().Split('_')[1];

        (await RunAsync(workspace, "revoke", id)).Code.ShouldBe(0);
        (await RunAsync(workspace, "revoke", id)).Code.ShouldBe(1);
        (await workspace.CountAsync($"operator_audit WHERE result LIKE 'key {id} of ann%' AND action IN ('key-create', 'key-revoke')")).ShouldBe(2);
        (await RunAsync(workspace, "list", "--json")).Output.ShouldMatch("\"scope\":\"viewer\".*\"revokedAt\":\"2");
    }

    [Fact]
    public async Task A_scope_that_does_not_exist_is_refused()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        (await RunAsync(workspace, "create", "--name", "ann", "--scope", "king")).Code.ShouldBe(2);
        (await workspace.CountAsync("api_keys")).ShouldBe(0);
    }

    [Fact]
    public async Task Without_the_owners_rights_no_key_is_made()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = WorkerProcess.CaseWorker(RunCommandTests.With(workspace, ("ConnectionStrings__CaseWorkerOwner", null)), "key", "create", "--name", "ann");
        (await worker.ExitAsync()).ShouldBe(2);
        worker.Output.ShouldContain("ConnectionStrings__CaseWorkerOwner");
        (await workspace.CountAsync("api_keys")).ShouldBe(0);
    }

    private static async Task<(int Code, string Output, string All)> RunAsync(Workspace workspace, params string[] arguments)
    {
        await using var process = WorkerProcess.CaseWorker(RunCommandTests.With(workspace), ["key", .. arguments]);
        var code = await process.ExitAsync();
        return (code, process.StandardOutput, process.Output);
    }
}
