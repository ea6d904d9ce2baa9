namespace CaseWorker.Histories.Checks;

/// <summary>I2: nonces have no gap, per case and globally, in one order; the version grows with each change and with nothing else.</summary>
internal static class Numbers
{
    public static IEnumerable<Violation> Check(Tables tables) =>
    [
        .. Global(tables),
        .. tables.Events.GroupBy(e => e.CaseReference).SelectMany(log => Case([.. log], tables.Cases.FirstOrDefault(row => row.Reference == log.Key))),
    ];

    private static IEnumerable<Violation> Global(Tables tables)
    {
        var next = 1L;
        foreach (var e in tables.Events)
        {
            if (e.GlobalNonce != next)
            {
                yield return Broken($"global nonce {e.GlobalNonce} stands where {next} should");
            }

            next = e.GlobalNonce + 1;
        }

        if (tables.GlobalHead != next - 1)
        {
            yield return Broken($"global_head says {tables.GlobalHead}, the last event has {next - 1}");
        }
    }

    /// <param name="log">The case's events in global order, which must be the order of their nonces too.</param>
    /// <param name="row">The case; null if it is missing, which is for <see cref="Folding"/> to say.</param>
    private static IEnumerable<Violation> Case(IReadOnlyList<EventRow> log, CaseRow? row)
    {
        var (nonce, version) = (0L, 0L);
        foreach (var e in log)
        {
            if (e.Nonce != nonce + 1)
            {
                yield return Broken($"case {e.CaseReference}: nonce {e.Nonce} follows {nonce}");
            }

            if (e.Version != version + (e.Changed ? 1 : 0))
            {
                yield return Broken($"case {e.CaseReference}: {e.Action} with nonce {e.Nonce} {(e.Changed ? "changes" : "does not change")} the blob and takes version {version} to {e.Version}");
            }

            if (e is { Action: "note.add", Changed: true })
            {
                yield return Broken($"case {e.CaseReference}: the note with nonce {e.Nonce} changes the blob");
            }

            (nonce, version) = (e.Nonce, e.Version);
        }

        if (row is not null && (row.Nonce, row.Version) != (nonce, version))
        {
            yield return Broken($"case {row.Reference}: version {row.Version} and nonce {row.Nonce}; the log says {version} and {nonce}");
        }
    }

    private static Violation Broken(string sentence) => new("I2", sentence);
}
