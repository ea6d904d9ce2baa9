using System.Text.Json;
using CaseWorker.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.InteropTests.Interop;

/// <summary>Teams that have MassTransit send and ask with what it gives them.</summary>
public sealed class MassTransitProducerTests(Servers servers)
{
    [Fact]
    public async Task A_MassTransit_producer_sends_commands_in_its_envelope()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var client = workspace.Own(await MassTransitClient.StartAsync(workspace));
        var create = Command(9_007_199_254_740_993, CaseActions.CaseCreate, new { text = "öffentlich 😀", n = 1.50m });
        var merge = Command(9_007_199_254_740_993, CaseActions.CaseMerge, new { n = 2, gone = (string?)null }) with { ProposedVersion = 2, ProposedNonce = 2, Actor = "Ada", CorrelationId = "thread 7", IssuedAt = DateTimeOffset.UtcNow };

        await client.SendAsync(create, workspace);
        await client.SendAsync(merge, workspace);

        await inbox.ForAllAsync([create.CommandId, merge.CommandId]);
        var merged = inbox.All.Single(received => received.CommandId == merge.CommandId);
        merged.Outcome.ShouldBe("accepted");
        merged.Body["caseReference"]!.GetValue<string>().ShouldBe("9007199254740993");
        merged.Number("version").ShouldBe(2);
        merged.Body["actor"]!.GetValue<string>().ShouldBe("Ada");
        merged.Body["correlationId"]!.GetValue<string>().ShouldBe("thread 7");
        (await workspace.ScalarAsync<bool>("""SELECT json_blob = '{"text": "öffentlich 😀", "n": 2}' FROM case_data WHERE reference = 9007199254740993""")).ShouldBeTrue();
        (await workspace.CountAsync("dead_letters")).ShouldBe(0);
    }

    [Fact]
    public async Task A_plain_retry_of_an_enveloped_command_is_the_same_command()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var client = workspace.Own(await MassTransitClient.StartAsync(workspace));
        var create = Command(5, CaseActions.CaseCreate, new { a = 1.0, b = "é" });
        await client.SendAsync(create, workspace);
        await (await workspace.PublisherAsync()).SendTextAsync(
            $$"""{"body":{"b":"\u00e9","a":1},"action":"case.create","caseReference":5,"commandId":"{{create.CommandId}}"}""", CaseTopology.SlotOf(5, workspace.Slots));

        await inbox.WaitAsync(all => all.Count == 2, "both outcomes");
        inbox.All.Select(received => received.Body.ToJsonString()).Distinct().Count().ShouldBe(1);
        inbox.All[0].Outcome.ShouldBe("accepted");
    }

    [Fact]
    public async Task A_request_client_gets_its_answer_whichever_of_the_three_it_is()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        await workspace.StartWorkerAsync();
        var client = workspace.Own(await MassTransitClient.StartAsync(workspace, register: bus => bus.AddRequestClient<CaseCommand>(MassTransitClient.CommandAddress)));
        using var scope = client.Services.CreateScope();
        var requests = scope.ServiceProvider.GetRequiredService<IRequestClient<CaseCommand>>();
        Task<Response<CaseAccepted, CaseConflicted, CaseRejected>> AskAsync(CaseCommand command) => requests.GetResponse<CaseAccepted, CaseConflicted, CaseRejected>(
            command, context => context.UseExecute(send => send.SetRoutingKey(CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(command.CaseReference, workspace.Slots)))));
        var create = Command(6, CaseActions.CaseCreate, new { a = 1 }) with { Actor = "Ada", CorrelationId = "thread" };

        (await AskAsync(create)).Is(out Response<CaseAccepted>? accepted).ShouldBeTrue();
        accepted!.Message.ShouldBe(accepted.Message with { CommandId = create.CommandId, CaseReference = 6, Action = CaseActions.CaseCreate, Status = 200, Nonce = 1, GlobalNonce = 1, Version = 1, Changed = true, Actor = "Ada", CorrelationId = "thread" });
        accepted.MessageId.ShouldBe(accepted.Message.OutcomeId);

        var again = Command(6, CaseActions.CaseCreate, new { a = 2 });
        (await AskAsync(again)).Is(out Response<CaseConflicted>? conflicted).ShouldBeTrue();
        conflicted!.Message.Reason.ShouldBe(ConflictReasons.CaseExists);
        conflicted.Message.CommandId.ShouldBe(again.CommandId);
        conflicted.Message.LastEvent!.Nonce.ShouldBe(1);

        (await AskAsync(Command(7, "case.close", new { }))).Is(out Response<CaseRejected>? rejected).ShouldBeTrue();
        rejected!.Message.Reason.ShouldBe(RejectionReasons.Invalid);
        rejected.Message.Errors.ShouldHaveSingleItem().Path.ShouldBe("/action");

        // Asked again, as after a time-out: the original answer.
        (await AskAsync(create)).Is(out Response<CaseAccepted>? repeated).ShouldBeTrue();
        repeated!.Message.ShouldBe(accepted.Message);
    }

    private static CaseCommand Command(long reference, string action, object body) =>
        new() { CommandId = Guid.NewGuid(), CaseReference = reference, Action = action, Body = JsonSerializer.SerializeToElement(body) };
}
