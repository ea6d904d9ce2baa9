using System.Globalization;
using Shouldly;

namespace CaseWorker.IntegrationTests.Ordering;

/// <summary>Queue order is what everything else rests on.</summary>
public sealed class OrderTests(Servers servers)
{
    [Fact]
    public async Task Twenty_thousand_numbered_messages_take_effect_in_the_order_of_their_slots_queue()
    {
        const int messages = 20_000;
        const int cases = 640;
        await using var workspace = await Workspace.CreateAsync(servers, slots: 64);
        var inbox = await workspace.InboxAsync();
        await workspace.StartWorkerAsync();
        var publisher = await workspace.PublisherAsync();

        var creates = Enumerable.Range(1, cases).Select(reference => CommandJson.Create(reference));
        var notes = Enumerable.Range(0, messages).Select(number => CommandJson.Note((number % cases) + 1, number.ToString(CultureInfo.InvariantCulture)));
        await publisher.SendAsync(creates.Concat(notes));
        await inbox.WaitAsync(all => all.Count >= cases + messages, "all outcomes", seconds: 300);

        inbox.All.ShouldAllBe(outcome => outcome.Outcome == "accepted");
        (await workspace.CountAsync("case_notes")).ShouldBe(messages);
        var inversions = await workspace.ScalarAsync<long>("""
            SELECT count(*) FROM (
              SELECT (body->>'body')::int AS number,
                     lag((body->>'body')::int) OVER (PARTITION BY case_reference % 64 ORDER BY global_nonce) AS before
              FROM case_events WHERE action = 'note.add') AS sequence
            WHERE before > number
            """);
        inversions.ShouldBe(0);
    }
}
