using CaseWorker.FaultHost.InjectedBugs;
using CaseWorker.Histories.Recording;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.FaultTests.InjectedBugs;

/// <summary>Global numbers from a sequence have no gap either; but they become visible in any order, and a reader misses some for good.</summary>
public sealed class LateNumberTests(Servers servers)
{
    /// <summary>
    /// In place of the table a view: an update gets numbers at once and holds no lock until its commit. The view's own number is far above all that are
    /// given out, since a worker that sees one below its own commits takes the database for restored.
    /// </summary>
    private const string NumbersFromASequence = """
        ALTER TABLE global_head RENAME TO planted_head;
        UPDATE planted_head SET nonce = 1000000000000;
        CREATE SEQUENCE planted_numbers;
        CREATE VIEW global_head AS SELECT nonce FROM planted_head;
        CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $planted$
        DECLARE
          wanted CONSTANT bigint := NEW.nonce - OLD.nonce;
        BEGIN
          PERFORM pg_advisory_lock(0);
          FOR i IN 1 .. wanted LOOP NEW.nonce := nextval('planted_numbers'); END LOOP;
          PERFORM pg_advisory_unlock(0);
          RETURN NEW;
        END $planted$;
        CREATE TRIGGER planted INSTEAD OF UPDATE ON global_head FOR EACH ROW EXECUTE FUNCTION planted();
        GRANT SELECT, UPDATE ON global_head TO caseworker_app;
        """;

    [Fact]
    public async Task A_reader_that_misses_what_commits_late_is_caught()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        await using var recorder = await Recorder.OpenAsync(workspace, BugHunt.Load(seed: 4));
        await workspace.ExecuteAsync(NumbersFromASequence);
        await BugHunt.QueueAsync(recorder);
        await BugHunt.WorkAsync(workspace, recorder, services => services.AddSingleton<IInterceptor>(new FirstCommitHeld(until: recorder.FirstSeen)));

        Checker.Check(await recorder.CompleteAsync()).ShouldContain(violation => violation.Invariant == "I3");
    }
}
