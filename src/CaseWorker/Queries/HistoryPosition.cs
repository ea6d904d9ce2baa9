using System.Globalization;

namespace CaseWorker.Queries;

/// <summary>
/// A place between two entries of a case's history: of each source, the newest entry that is older. A history merges four sources; each is read
/// from its own place, so no page leaves anything out or repeats it, whatever their clocks say.
/// </summary>
/// <param name="Event">The nonce of an event.</param>
/// <param name="RefusedAt">When a refusal was recorded.</param>
/// <param name="RefusedNonce">The case's nonce then.</param>
/// <param name="Refusal">The refused command.</param>
/// <param name="DeadLetter">The number of a dead letter.</param>
/// <param name="Audit">The number of an audit entry.</param>
internal sealed record HistoryPosition(long Event, DateTimeOffset RefusedAt, long RefusedNonce, Guid Refusal, long DeadLetter, long Audit)
{
    private const int Parts = 6;

    /// <summary>Before all entries.</summary>
    public static HistoryPosition Oldest { get; } = new(0, DateTimeOffset.UnixEpoch, 0, Guid.Empty, 0, 0);

    /// <summary>Behind all entries, also those to come.</summary>
    public static HistoryPosition Newest { get; } = new(long.MaxValue, new DateTimeOffset(9000, 1, 1, 0, 0, 0, TimeSpan.Zero), long.MaxValue, Guid.AllBitsSet, long.MaxValue, long.MaxValue);

    /// <summary>The same, behind an entry.</summary>
    public HistoryPosition Behind(HistoryEntry entry) => entry switch
    {
        { Kind: "event", Nonce: { } nonce } => this with { Event = nonce },
        { Kind: "dead-letter", DeadLetter: { } deadLetter } => this with { DeadLetter = deadLetter },
        { Kind: "operator" } => this with { Audit = entry.AuditId },
        _ => this with { RefusedAt = entry.At, RefusedNonce = entry.Position, Refusal = entry.CommandId!.Value },
    };

    /// <summary>For an address.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Event}.{(RefusedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}.{RefusedNonce}.{Refusal:N}.{DeadLetter}.{Audit}");

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out HistoryPosition position)
    {
        position = Oldest;
        var parts = text.Split('.');
        if (parts.Length != Parts || !Guid.TryParseExact(parts[3], "N", out var refusal) ||
            !IsNumber(parts[0], out var number) || !IsNumber(parts[1], out var microseconds) || !IsNumber(parts[2], out var refusedNonce) ||
            !IsNumber(parts[4], out var deadLetter) || !IsNumber(parts[5], out var audit) ||
            microseconds > (Newest.RefusedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond)
        {
            return false;
        }

        position = new HistoryPosition(number, DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond), refusedNonce, refusal, deadLetter, audit);
        return true;
    }

    private static bool IsNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>Which part of a case's history.</summary>
/// <param name="Limit">Entries at most.</param>
/// <param name="From">Where it begins.</param>
/// <param name="IsForward">What is newer than that, else what is older.</param>
/// <param name="HasHeld">With commands that only wait, or waited, behind another; they may be very many.</param>
internal sealed record HistoryPage(int Limit, HistoryPosition From, bool IsForward, bool HasHeld)
{
    /// <summary>The newest entries of every kind.</summary>
    public static HistoryPage Newest(int limit) => new(limit, HistoryPosition.Newest, IsForward: false, HasHeld: true);
}
