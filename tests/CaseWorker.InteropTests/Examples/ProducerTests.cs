using CaseWorker.Contracts;
using CaseWorker.InteropTests.Schemas;
using RabbitMQ.Client;

namespace CaseWorker.InteropTests.Examples;

/// <summary>The producers of docs/examples, against a running worker with all 64 slots.</summary>
public sealed class ProducerTests(Servers servers)
{
    public static TheoryData<string> Languages => [.. Example.All.Keys];

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task What_it_publishes_is_accepted_persistent_and_valid_by_the_schema(string language)
    {
        await using var workspace = await Workspace.CreateAsync(servers, CaseTopology.SlotCount);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var tap = await workspace.TapAsync();
        var example = Example.All[language];

        // The last two are the ones that a language with 53 bits would put into another slot, and the worker would refuse there.
        foreach (var reference in new[] { "1600000000000010", "9007199254740993", "9223372036854775807" })
        {
            var created = await example.PublishAsync(workspace, reference, "case.create", """{"status":"open","text":"é \"quoted\" 😀"}""");
            var merged = await example.PublishAsync(workspace, reference, "case.merge", """{"status":"granted"}""", ("proposedVersion", 2), ("proposedNonce", 2), ("actor", "ada"));
            var noted = await example.PublishAsync(workspace, reference, "note.add", """{"body":"Called the applicant."}""");
            await inbox.ForAllAsync([created, merged, noted]);
        }

        inbox.All.ShouldAllBe(received => received.Outcome == "accepted");
        (await workspace.ScalarAsync<string>("SELECT json_blob ->> 'text' FROM case_data WHERE reference = 9223372036854775807")).ShouldBe("é \"quoted\" 😀");
        var published = await tap.TakeAsync();
        published.Count.ShouldBe(9);
        foreach (var message in published)
        {
            message.BasicProperties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
            message.BasicProperties.ContentType.ShouldBe("application/json");
            inbox.All.ShouldContain(received => received.CommandId == Guid.Parse(message.BasicProperties.MessageId!));
        }

        (await SchemaValidator.JudgeAsync(published.Select(message => ("command.json", message.Body.ToArray())))).ShouldAllBe(judgement => judgement.Valid);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task A_retry_with_the_same_command_id_gets_the_first_outcome_again(string language)
    {
        await using var workspace = await Workspace.CreateAsync(servers, CaseTopology.SlotCount);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var id = Guid.NewGuid();
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            (await Example.All[language].PublishAsync(workspace, "77", "case.create", "{}", ("commandId", id))).ShouldBe(id);
        }

        await inbox.WaitAsync(all => all.Count == 2, "the outcome and its repeat");
        inbox.All[1].Body.ToJsonString().ShouldBe(inbox.All[0].Body.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task It_does_not_say_that_a_command_is_published_when_no_queue_took_it(string language)
    {
        await using var workspace = await Workspace.CreateAsync(servers, schema: false);
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(CaseTopology.CommandExchange, ExchangeType.Direct, durable: true);

        await using var process = Example.All[language].Start(workspace, "77", "case.create", "{}");
        (await process.ExitAsync()).ShouldBe(1, process.Output);
        process.StandardOutput.Trim().ShouldBeEmpty();
    }
}
