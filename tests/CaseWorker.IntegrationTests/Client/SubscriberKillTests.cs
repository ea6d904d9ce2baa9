using System.Text;
using System.Text.Json;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>
/// A subscriber in a process of its own, killed with kill -9 at random, robbed of messages and given others twice: what it has written down
/// is compared with the worker's own records.
/// </summary>
public sealed class SubscriberKillTests(Servers servers)
{
    private const string Queue = "ledger";
    private const string LedgerRows = "SELECT count(*) FROM ledger";

    [Fact]
    public async Task A_subscriber_killed_at_random_25_times_has_handled_every_outcome_once_and_in_order()
    {
        var seed = System.Random.Shared.Next();
        var random = new Random(seed);
        var plan = new LoadPlan(seed, caseCount: 40, commandCount: 2500);
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        await using (var first = WorkerProcess.Subscriber(workspace, new Uri("http://127.0.0.1:1/"), "cwk_none"))
        {
            // Its queue is there before the worker: no outcome is published before it.
            await first.SaysAsync("ledger: handles outcomes");
            first.Kill();
        }

        await using var worker = await HttpWorker.StartAsync(workspace);
        var api = new Api(worker.Address, await worker.KeyAsync("viewer"));
        var publisher = await workspace.PublisherAsync();
        var publishing = Task.Run(() => publisher.SendAsync(plan.Commands));
        await KillAsync(workspace, api, random, times: 16);
        await publishing;
        await inbox.ForAllAsync([.. plan.Outcomes.Keys]);
        await HandleAllAsync(workspace, api);

        // While it is away its queue loses what came, which is noticed with the next event of each case; and much comes again.
        await publisher.SendAsync(plan.Cases.Keys.SelectMany(reference => Enumerable.Range(0, 5).Select(n => CommandJson.Note(reference, $"lost {n}"))));
        await workspace.UntilReadyAsync(Queue, ready => ready >= plan.Cases.Count * 5, "the outcomes that are to be lost");
        await PurgeAsync(workspace);
        var rest = plan.Cases.Keys.SelectMany(reference => Enumerable.Range(0, 15).Select(n => CommandJson.Note(reference, $"late {n}"))).ToList();
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(rest));
        publishing = Task.Run(() => publisher.SendAsync(rest));
        await RepeatAsync(workspace, [.. random.GetItems(inbox.All.ToArray(), 200)]);
        await KillAsync(workspace, api, random, times: 8);
        await publishing;
        await inbox.ForAllAsync([.. rest.Select(CommandJson.IdOf)]);
        await HandleAllAsync(workspace, api);

        await CompareAsync(workspace, seed);
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM ledger WHERE is_filled")).ShouldBeGreaterThanOrEqualTo((plan.Cases.Count * 5) - 51, "what the queue lost was read from the API; at most 51 of it were repeats that the last one killed had not acknowledged");
    }

    /// <summary>Each time after some more outcomes, or before the first: while it starts.</summary>
    private static async Task KillAsync(Workspace workspace, Api api, Random random, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var before = await workspace.ScalarAsync<long>(LedgerRows);
            await using var doomed = WorkerProcess.Subscriber(workspace, api.Address, api.Key);
            if (random.Next(5) == 0)
            {
                await doomed.SaysAsync("ledger: handles outcomes");
            }
            else
            {
                var more = random.Next(1, 100);
                var all = "(SELECT count(*) FROM case_events) + (SELECT count(*) FROM command_refusals)";
                await workspace.UntilAsync($"SELECT least(({LedgerRows}) - {before + more}, 0) + CASE WHEN ({LedgerRows}) >= {all} THEN 1000000 ELSE 0 END", missing => missing >= 0);
            }

            doomed.Kill();
            await doomed.ExitAsync();
        }
    }

    /// <summary>Lets one live until it has handled a message that stands behind all others, and then kills it too.</summary>
    private static async Task HandleAllAsync(Workspace workspace, Api api)
    {
        var last = new CaseRejected
        {
            OutcomeId = Guid.NewGuid(),
            CommandId = Guid.NewGuid(),
            CaseReference = 1,
            Status = 400,
            RecordedAt = DateTimeOffset.UnixEpoch,
            Reason = "the-last-one",
            Errors = [new FieldError("", "none")],
        };
        await PublishAsync(workspace, [JsonSerializer.SerializeToUtf8Bytes(last, JsonSerializerOptions.Web)]);
        await using var subscriber = WorkerProcess.Subscriber(workspace, api.Address, api.Key);
        await subscriber.ExplainAsync(workspace, () => workspace.UntilAsync($"SELECT count(*) FROM ledger WHERE outcome_id = '{last.OutcomeId}'", count => count == 1, seconds: 120));
        subscriber.Kill();
        await subscriber.ExitAsync();
        await workspace.ExecuteAsync($"DELETE FROM ledger WHERE outcome_id = '{last.OutcomeId}'");
    }

    private static async Task CompareAsync(Workspace workspace, int seed)
    {
        (await workspace.ScalarAsync<long>("SELECT count(*) - count(DISTINCT outcome_id) FROM ledger")).ShouldBe(0, $"handled twice; seed {seed}");
        (await workspace.ScalarAsync<long>("""
            SELECT count(*) FROM (SELECT nonce, row_number() OVER (PARTITION BY case_reference ORDER BY id) AS place FROM ledger WHERE outcome = 'accepted') AS l
            WHERE nonce <> place
            """)).ShouldBe(0, $"out of order in a case, or with a gap; seed {seed}");
        (await workspace.ScalarAsync<long>("""
            SELECT count(*) FROM (SELECT command_id, case_reference, nonce FROM ledger WHERE outcome = 'accepted') AS l
            FULL JOIN case_events AS e USING (command_id, case_reference, nonce)
            WHERE l.nonce IS NULL OR e.global_nonce IS NULL
            """)).ShouldBe(0, $"accepted outcomes missing or made up; seed {seed}");
        (await workspace.ScalarAsync<long>("""
            SELECT count(*) FROM (SELECT command_id, outcome, id FROM ledger WHERE outcome <> 'accepted') AS l
            FULL JOIN command_refusals AS r USING (command_id, outcome)
            WHERE l.id IS NULL OR r.recorded_at IS NULL
            """)).ShouldBe(0, $"refusals missing or made up; seed {seed}");
        (await workspace.CountAsync("command_refusals")).ShouldBeGreaterThan(0, $"no refusals; seed {seed}");
    }

    private static async Task PurgeAsync(Workspace workspace)
    {
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueuePurgeAsync(Queue);
    }

    /// <summary>Outcomes that were delivered before, refusals too.</summary>
    private static Task RepeatAsync(Workspace workspace, IEnumerable<Received> outcomes) =>
        PublishAsync(workspace, outcomes.Select(outcome => Encoding.UTF8.GetBytes(outcome.Body.ToJsonString())));

    private static async Task PublishAsync(Workspace workspace, IEnumerable<byte[]> messages)
    {
        await using var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        foreach (var message in messages)
        {
            await channel.BasicPublishAsync("", Queue, mandatory: true, new BasicProperties { DeliveryMode = DeliveryModes.Persistent }, message);
        }
    }

    private sealed record Api(Uri Address, string Key);
}
