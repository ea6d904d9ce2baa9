using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using CaseWorker.Client;
using CaseWorker.Contracts;
using CaseWorker.Histories;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>Cases updated with the client package, by many at once, and through an API's and a worker's outages.</summary>
public sealed class UpdateTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Twenty_writers_count_to_a_thousand_while_twenty_others_add_notes_and_see_no_conflict()
    {
        const int writers = 20;
        const int each = 50;
        await using var workspace = await Workspace.CreateAsync(servers);
        await using var worker = await HttpWorker.StartAsync(workspace);
        var key = await worker.KeyAsync("viewer");
        var editors = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => ClientHost.StartAsync(workspace, options => (options.Api, options.ApiKey) = (worker.Address, key))).ToList());
        (await editors[0].SubmitAsync(CaseCommands.Create(8, new { count = 0 }), Patience)).ShouldBeOfType<CaseAccepted>();
        var accepted = new ConcurrentBag<CaseAccepted>();

        var counting = editors.Select((editor, number) => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                accepted.Add((await editor.UpdateAsync(8, Increment, new CaseUpdateOptions { Actor = $"editor {number}", MaxAttempts = 10_000, Timeout = TimeSpan.FromMinutes(10) })).ShouldNotBeNull());
            }
        }));
        var noting = editors.Select(editor => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                (await editor.SubmitAsync(CaseCommands.AddNote(8, $"note {i}"), Patience)).ShouldBeOfType<CaseAccepted>();
            }
        }));
        await Task.WhenAll([.. counting, .. noting]);

        (await workspace.ScalarAsync<int>("SELECT (json_blob->>'count')::int FROM case_data")).ShouldBe(writers * each);
        accepted.Select(outcome => outcome.Version).Order().ShouldBe(Enumerable.Range(2, writers * each).Select(n => (long)n));
        accepted.ShouldAllBe(outcome => outcome.Changed);
        (await workspace.CountAsync("case_notes")).ShouldBe(writers * each);
        var conflicts = await workspace.CountAsync("command_refusals");
        conflicts.ShouldBeGreaterThan(0, "nobody was in anybody's way: the test has no teeth");
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM command_refusals WHERE action <> 'case.replace' OR reason <> 'version'")).ShouldBe(0);
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM command_refusals r JOIN case_events e ON e.correlation_id = r.published->>'correlationId'"))
            .ShouldBe(conflicts, "each lost attempt belongs to an update that won in the end, by its correlation id");
        (await Integrity.CheckAsync(workspace)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_update_that_proposes_the_nonce_sees_notes_too()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var client = await ReaderAsync(workspace, await CaseApi.StartAsync(workspace));
        await client.SubmitAsync(CaseCommands.Create(8, new { count = 0 }), Patience);
        var tries = 0;

        JsonObject NoteBesides(JsonObject blob)
        {
            if (tries++ == 0)
            {
                client.SubmitAsync(CaseCommands.AddNote(8, "meanwhile"), Patience).GetAwaiter().GetResult().ShouldBeOfType<CaseAccepted>();
            }

            return Increment(blob);
        }

        (await client.UpdateAsync(8, NoteBesides, new CaseUpdateOptions { Proposal = UpdateProposal.Nonce })).ShouldNotBeNull().Nonce.ShouldBe(3);
        tries.ShouldBe(2);
        tries = 0;
        (await client.UpdateAsync(8, NoteBesides)).ShouldNotBeNull().Version.ShouldBe(3);
        tries.ShouldBe(1, "by the version, a note is in nobody's way");
    }

    [Fact]
    public async Task A_type_that_knows_a_part_of_the_case_leaves_the_rest_as_it_is()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var client = await ReaderAsync(workspace, await CaseApi.StartAsync(workspace));
        await client.SubmitAsync(CaseCommands.Create(8, new { status = "open", owner = new { name = "Ada", phone = "1" }, other = new[] { 1, 2 } }), Patience);

        (await client.UpdateAsync<Permit>(8, permit => permit with { Status = "granted", Owner = permit.Owner with { Name = "Bob" } })).ShouldNotBeNull().Version.ShouldBe(2);
        (await client.UpdateAsync<Permit>(8, permit => permit)).ShouldBeNull("nothing changed, nothing is sent");
        (await client.UpdateAsync<Permit>(8, _ => null)).ShouldBeNull();

        (await workspace.ScalarAsync<bool>("""SELECT json_blob = '{"status":"granted","owner":{"name":"Bob","phone":"1"},"other":[1,2]}' FROM case_data""")).ShouldBeTrue();
        (await workspace.CountAsync("case_events")).ShouldBe(2);
    }

    [Fact]
    public async Task What_cannot_be_updated_is_told_with_its_case()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var api = await CaseApi.StartAsync(workspace);
        var client = await ReaderAsync(workspace, api);
        await client.SubmitAsync(CaseCommands.Create(8, new { count = 0 }), Patience);

        (await Should.ThrowAsync<CaseNotFoundException>(client.UpdateAsync(9, Increment))).Message.ShouldStartWith("Case 9 was not updated: it does not exist.");
        var rejected = await Should.ThrowAsync<UpdateRejectedException>(client.UpdateAsync(8, _ => new JsonObject { ["text"] = "nul \0" }));
        rejected.Rejected.Reason.ShouldBe(RejectionReasons.Invalid);
        var stranger = await ClientHost.StartAsync(workspace, options => options.Api = api.Address);
        (await Should.ThrowAsync<CaseReaderException>(stranger.UpdateAsync(8, Increment))).Message.ShouldContain("refused the key (401)");
        var producer = await ClientHost.StartAsync(workspace);
        (await Should.ThrowAsync<CaseReaderException>(producer.UpdateAsync(8, Increment))).Message.ShouldStartWith("CaseWorkerClientOptions.Api is not set");
    }

    [Fact]
    public async Task An_update_survives_an_api_and_a_worker_that_are_away_and_takes_effect_once()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        var client = await ReaderAsync(workspace, api);
        await using (await Workers.StartAsync(workspace))
        {
            await client.SubmitAsync(CaseCommands.Create(8, new { count = 0 }), Patience);
        }

        api.FailNext(2);
        var updating = client.UpdateAsync(8, Increment, new CaseUpdateOptions { OutcomeTimeout = TimeSpan.FromMilliseconds(200) });

        // Asked for more than once, and no worker there.
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(0), ready => ready >= 3, "three messages");
        await workspace.StartWorkerAsync();

        (await updating).ShouldNotBeNull().Version.ShouldBe(2);
        (await workspace.ScalarAsync<int>("SELECT (json_blob->>'count')::int FROM case_data")).ShouldBe(1);
        (await workspace.CountAsync("case_events")).ShouldBe(2);
        (await workspace.CountAsync("command_refusals")).ShouldBe(0, "asked again under the same id, never proposed anew");
    }

    [Fact]
    public async Task An_update_whose_outcome_stays_unknown_hands_its_command_over()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var client = await ReaderAsync(workspace, await CaseApi.StartAsync(workspace));
        await using (await Workers.StartAsync(workspace))
        {
            await client.SubmitAsync(CaseCommands.Create(8, new { count = 0 }), Patience);
        }

        // Mostly that its outcome is unknown; on a slow broker that its confirm is.
        var error = await Should.ThrowAsync<CaseCommandException>(client.UpdateAsync(8, Increment, new CaseUpdateOptions { Timeout = TimeSpan.FromSeconds(5) }));
        error.MayTakeEffect.ShouldBeTrue();
        await workspace.StartWorkerAsync();

        (await client.SubmitAsync(error.Command, Patience)).ShouldBeOfType<CaseAccepted>().Version.ShouldBe(2);
        (await workspace.ScalarAsync<int>("SELECT (json_blob->>'count')::int FROM case_data")).ShouldBe(1);
    }

    private static Task<ICaseWorkerClient> ReaderAsync(Workspace workspace, CaseApi api) =>
        ClientHost.StartAsync(workspace, options => (options.Api, options.ApiKey) = (api.Address, CaseApi.Key));

    private static JsonObject Increment(JsonObject blob)
    {
        blob["count"] = blob["count"]!.GetValue<int>() + 1;
        return blob;
    }

    private sealed record Permit(string Status, Owner Owner);

    private sealed record Owner(string Name);
}
