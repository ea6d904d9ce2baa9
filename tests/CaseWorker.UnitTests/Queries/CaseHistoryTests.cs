using CaseWorker.Queries;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Queries;

/// <summary>A case's history, page by page: nothing is left out or shown twice, in either direction, whatever the clocks did.</summary>
public sealed class CaseHistoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 12, 1, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(500)]
    public void Pages_lead_from_the_newest_entry_to_the_oldest_and_back(int limit)
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var all = Entries(new Random(seed));
            var back = Walk(limit, HistoryPosition.Newest, isForward: false, all);
            var forth = Walk(limit, HistoryPosition.Oldest, isForward: true, all);

            back.Select(Name).Order(StringComparer.Ordinal).ShouldBe(all.Select(Name).Order(StringComparer.Ordinal), $"seed {seed}");
            forth.Select(Name).Order(StringComparer.Ordinal).ShouldBe(all.Select(Name).Order(StringComparer.Ordinal), $"seed {seed}");
        }
    }

    [Fact]
    public void A_refusal_stands_behind_the_event_that_it_met_although_both_have_one_time()
    {
        HistoryEntry[] all = [Event(1, Start), Refusal(1, Start), Event(2, Start), Refusal(2, Start)];

        Walk(1, HistoryPosition.Newest, isForward: false, all).Select(Name).ShouldBe([Name(all[3]), Name(all[2]), Name(all[1]), Name(all[0])]);
        Walk(10, HistoryPosition.Oldest, isForward: true, all).Select(Name).ShouldBe(all.Select(Name));
    }

    [Fact]
    public void A_page_says_whether_anything_is_older_or_newer()
    {
        HistoryEntry[] all = [Event(1, Start), Event(2, Start), Event(3, Start)];
        var newest = Read(new HistoryPage(2, HistoryPosition.Newest, IsForward: false, HasHeld: false), all);
        var oldest = Read(new HistoryPage(2, newest.Older!, IsForward: false, HasHeld: false), all);

        newest.Entries.Select(entry => entry.Nonce).ShouldBe([2L, 3L]);
        newest.Newer.ShouldBeNull();
        oldest.Entries.Select(entry => entry.Nonce).ShouldBe([1L]);
        (oldest.Older, oldest.Newer).ShouldBe((null, newest.Older));
    }

    [Fact]
    public void A_position_is_written_and_read_again()
    {
        foreach (var position in (HistoryPosition[])[HistoryPosition.Oldest, HistoryPosition.Newest, new(7, Start.AddMicroseconds(123_456), 3, Guid.NewGuid(), 17, 9)])
        {
            HistoryPosition.TryParse(position.ToString(), out var read).ShouldBeTrue();
            read.ShouldBe(position);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("7.1.1.no-id.1.1")]
    [InlineData("-7.1.1.00000000000000000000000000000000.1.1")]
    [InlineData("7.9223372036854775807.1.00000000000000000000000000000000.1.1")]
    [InlineData("7.1.1.00000000000000000000000000000000.1.1.1")]
    public void What_is_no_position_is_refused(string text) => HistoryPosition.TryParse(text, out _).ShouldBeFalse();

    /// <summary>All entries in the order in which the pages show them.</summary>
    private static List<HistoryEntry> Walk(int limit, HistoryPosition from, bool isForward, IReadOnlyList<HistoryEntry> all)
    {
        var found = new List<HistoryEntry>();
        for (HistoryPosition? next = from; next is not null;)
        {
            HistoryPosition.TryParse(next.ToString(), out var position).ShouldBeTrue();
            var page = Read(new HistoryPage(limit, position, isForward, HasHeld: true), all);
            page.Entries.Count.ShouldBeInRange(1, limit);
            found.AddRange(isForward ? page.Entries : page.Entries.Reverse());
            next = isForward ? page.Newer : page.Older;
        }

        return found;
    }

    /// <summary>As the sources read: each in its own order, one entry more than is shown.</summary>
    private static CaseHistory Read(HistoryPage page, IReadOnlyList<HistoryEntry> all) => CaseHistory.Merge(4, page,
    [
        Source(page, all, "event", entry => entry.Nonce!.Value, page.From.Event),
        Source(page, all, "conflicted", entry => (entry.At, entry.Position, entry.CommandId!.Value), (page.From.RefusedAt, page.From.RefusedNonce, page.From.Refusal)),
        Source(page, all, "dead-letter", entry => entry.DeadLetter!.Value, page.From.DeadLetter),
        Source(page, all, "operator", entry => entry.AuditId, page.From.Audit),
    ]);

    private static Queue<HistoryEntry> Source<TKey>(HistoryPage page, IReadOnlyList<HistoryEntry> all, string kind, Func<HistoryEntry, TKey> key, TKey from)
    {
        var (order, ofKind) = (Comparer<TKey>.Default, all.Where(entry => entry.Kind == kind));
        return new Queue<HistoryEntry>(page.IsForward
            ? ofKind.Where(entry => order.Compare(key(entry), from) > 0).OrderBy(key).Take(page.Limit + 1)
            : ofKind.Where(entry => order.Compare(key(entry), from) <= 0).OrderByDescending(key).Take(page.Limit + 1));
    }

    /// <summary>Batches with one time each; now and then the clock is set back.</summary>
    private static List<HistoryEntry> Entries(Random random)
    {
        var (entries, at, nonce) = (new List<HistoryEntry>(), Start, 0L);
        for (var number = 1; number <= 60; number++)
        {
            at += TimeSpan.FromSeconds(random.Next(10) switch { 0 => -30, < 5 => 0, _ => 1 });
            entries.Add(random.Next(4) switch
            {
                0 => Refusal(nonce, at),
                1 => new HistoryEntry { Kind = "dead-letter", At = at, DeadLetter = number },
                2 => new HistoryEntry { Kind = "operator", At = at, AuditId = number },
                _ => Event(++nonce, at),
            });
        }

        return entries;
    }

    private static HistoryEntry Event(long nonce, DateTimeOffset at) => new() { Kind = "event", At = at, Nonce = nonce, Position = nonce };

    private static HistoryEntry Refusal(long nonce, DateTimeOffset at) => new() { Kind = "conflicted", At = at, Position = nonce, CommandId = Guid.NewGuid() };

    private static string Name(HistoryEntry entry) => $"{entry.Kind} {entry.Nonce}{entry.CommandId}{entry.DeadLetter}{entry.AuditId}";
}
