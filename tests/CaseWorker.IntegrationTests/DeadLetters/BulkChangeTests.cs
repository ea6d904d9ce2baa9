using CaseWorker.IntegrationTests.CommandLine;
using Shouldly;

namespace CaseWorker.IntegrationTests.DeadLetters;

/// <summary>More cases than the lock table of a server has room for.</summary>
public sealed class BulkChangeTests(Servers servers)
{
    private const int Cases = 100_000;

    [Fact]
    public async Task A_hundred_thousand_cases_are_discarded_and_restored()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.ExecuteAsync($"""
            INSERT INTO dead_letters (kind, state, reason, detail, exchange, routing_key, headers, body, case_reference, command_id, action, fingerprint, digest)
            SELECT 'failed', 'open', 'PostgresException', 'fails', 'case-commands', '0', jsonb_build_object(), 'x', i, gen_random_uuid(), 'note.add', 'x', 'x' FROM generate_series(1, {Cases}) AS i;
            INSERT INTO parked_cases (case_reference, dead_letter_id) SELECT case_reference, id FROM dead_letters;
            """);
        await using var discard = WorkerProcess.CaseWorker(RunCommandTests.With(workspace), "dead", "discard", "--reason", "a bad night", "--yes");
        (await discard.ExitAsync()).ShouldBe(0, discard.Output);
        discard.Output.ShouldContain("100,000 of 100,000 dead letters done");
        (await workspace.CountAsync("dead_letters WHERE state = 'discarded'")).ShouldBe(Cases);
        (await workspace.CountAsync("parked_cases")).ShouldBe(0);
        (await workspace.ScalarAsync<long>("SELECT sum(cardinality(ids)) FROM operator_audit WHERE action = 'discard'")).ShouldBe(Cases);

        (await Poison.Operations(workspace).RestoreAsync(Poison.OperatorAction, new())).Count.ShouldBe(Cases);
        (await workspace.CountAsync("parked_cases p JOIN dead_letters d ON d.id = p.dead_letter_id AND d.state = 'open'")).ShouldBe(Cases);
    }
}
