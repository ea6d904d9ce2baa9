using CaseWorker.Client;
using CaseWorker.Contracts;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>Asked with the client package: the answer is the command's outcome, each time the same one.</summary>
public sealed class SubmitTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_answer_is_whichever_outcome_it_is_and_the_same_when_asked_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);
        var create = CaseCommands.Create(6, new { a = 1 }) with { Actor = "Ada", CorrelationId = "thread" };

        var accepted = (await client.SubmitAsync(create, Patience)).ShouldBeOfType<CaseAccepted>();
        accepted.ShouldBe(accepted with { CommandId = create.CommandId, CaseReference = 6, Action = CaseActions.CaseCreate, Status = 200, Nonce = 1, GlobalNonce = 1, Version = 1, Changed = true, Actor = "Ada", CorrelationId = "thread" });
        (await client.SubmitAsync(CaseCommands.AddNote(6, "beside it"), Patience)).ShouldBeOfType<CaseAccepted>().Nonce.ShouldBe(2);

        var stale = CaseCommands.Merge(6, new { a = 2 }, proposedVersion: 7, proposedNonce: 3);
        var conflicted = (await client.SubmitAsync(stale, Patience)).ShouldBeOfType<CaseConflicted>();
        conflicted.ShouldBe(conflicted with { CommandId = stale.CommandId, Status = 409, Reason = ConflictReasons.Version, ProposedVersion = 7, ProposedNonce = 3, CurrentVersion = 1, CurrentNonce = 2 });
        conflicted.LastEvent!.Action.ShouldBe(CaseActions.NoteAdd);

        var unknown = CaseCommands.Of("case.close", 6, new { });
        var rejected = (await client.SubmitAsync(unknown, Patience)).ShouldBeOfType<CaseRejected>();
        rejected.Reason.ShouldBe(RejectionReasons.Invalid);
        rejected.Errors.ShouldHaveSingleItem().Path.ShouldBe("/action");

        (await client.SubmitAsync(create, Patience)).ShouldBe(accepted);
        (await client.SubmitAsync(stale, Patience)).ShouldBe(conflicted);
        (await client.SubmitAsync(unknown, Patience)).OutcomeId.ShouldBe(rejected.OutcomeId);
        (await client.SubmitAsync(create with { CaseReference = 10 }, Patience)).ShouldBeOfType<CaseRejected>().Reason.ShouldBe(RejectionReasons.CommandIdReused);
    }

    [Fact]
    public async Task Many_ask_at_the_same_time_and_each_gets_its_own_answer()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);
        var commands = Enumerable.Range(1, 200).Select(n => CaseCommands.Create(n, new { n })).ToList();

        // Each twice.
        var outcomes = await Task.WhenAll(commands.Concat(commands).Select(command => client.SubmitAsync(command, Patience)).ToList());

        outcomes.Select(outcome => outcome.CommandId).ShouldBe(commands.Concat(commands).Select(command => command.CommandId));
        outcomes.ShouldAllBe(outcome => outcome is CaseAccepted);
        (await workspace.CountAsync("case_events")).ShouldBe(200);
    }

    [Fact]
    public async Task Without_a_worker_the_outcome_is_unknown_and_asked_again_later_it_is_known()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var client = await ClientHost.StartAsync(workspace);
        var create = CaseCommands.Create(6, new { a = 1 });

        var error = await Should.ThrowAsync<OutcomeUnknownException>(client.SubmitAsync(create, TimeSpan.FromSeconds(1)));
        error.CommandId.ShouldBe(create.CommandId);
        error.CaseReference.ShouldBe(6);
        error.MayTakeEffect.ShouldBeTrue();
        error.Message.ShouldContain($"its outcome is not known yet after 1 s. Look it up by command id {create.CommandId}, or submit the same command again");

        await workspace.StartWorkerAsync();
        (await client.SubmitAsync(create, Patience)).ShouldBeOfType<CaseAccepted>().Nonce.ShouldBe(1);
        (await workspace.CountAsync("case_events")).ShouldBe(1);
    }

    [Fact]
    public async Task A_connection_that_is_lost_while_the_answer_is_awaited_is_asked_for_again()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        var client = await ClientHost.StartAsync(workspace, options => options.Broker = workspace.Through(proxy));
        var create = CaseCommands.Create(6, new { a = 1 });

        var asking = client.SubmitAsync(create, Patience);
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(2), 1);
        await client.PublishAsync(CaseCommands.AddNote(6, "its confirm comes behind the first one's"));
        proxy.Close();
        proxy.Open();
        await workspace.UntilReadyAsync(CaseTopology.QueueOf(2), 3);
        await workspace.StartWorkerAsync();

        (await asking).ShouldBeOfType<CaseAccepted>().CommandId.ShouldBe(create.CommandId);
        (await workspace.CountAsync("case_events")).ShouldBe(2);
    }

    [Fact]
    public async Task A_command_that_cannot_be_published_is_told_as_such()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var client = await ClientHost.StartAsync(workspace);

        await Should.ThrowAsync<CommandUnroutableException>(client.SubmitAsync(CaseCommands.AddNote(6, "hello"), Patience));
        Should.Throw<ArgumentOutOfRangeException>(() => { _ = client.SubmitAsync(CaseCommands.AddNote(6, "hello"), TimeSpan.Zero); });
    }
}
