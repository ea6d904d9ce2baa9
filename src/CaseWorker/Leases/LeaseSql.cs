namespace CaseWorker.Leases;

/// <summary>The statements of the leases. All times are the database's.</summary>
internal static class LeaseSql
{
    /// <summary>Advisory locks of two integers are a space of their own; these are its first parts.</summary>
    private const string PresenceClass = "7001";
    private const string SlotClass = "7002";

    /// <summary>Whether a worker's connection lives. It ends with the process, however that ends.</summary>
    private const string IsPresent = $"""
        EXISTS (SELECT FROM pg_locks
          WHERE locktype = 'advisory' AND granted AND classid = {PresenceClass} AND objid = (hashtext(w.name)::bigint & 4294967295)::oid AND objsubid = 2
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """;

    /// <summary>Parameters: name.</summary>
    public const string BePresent = $"SELECT pg_advisory_lock({PresenceClass}, hashtext($1))";

    /// <summary>Parameters: how many slots.</summary>
    public const string MakeSlots = "INSERT INTO slot_leases (slot) SELECT generate_series(0, $1 - 1) ON CONFLICT DO NOTHING";

    /// <summary>Parameters: name, whether it can serve.</summary>
    public const string RenewWorker = """
        INSERT INTO workers (name, serves, started_at, renewed_at) VALUES ($1, $2, clock_timestamp(), clock_timestamp())
        ON CONFLICT (name) DO UPDATE SET serves = excluded.serves, renewed_at = excluded.renewed_at
        """;

    /// <summary>
    /// Parameters: name, lease time, the slots with work and how long they have had it. A lease is written again only when a quarter of
    /// its time is gone, or when the server's clock was set back.
    /// </summary>
    public const string RenewLeases = """
        UPDATE slot_leases l SET expires_at = clock_timestamp() + $2,
          busy_since = clock_timestamp() - (SELECT busy.lag FROM unnest($3::integer[], $4::interval[]) AS busy (slot, lag) WHERE busy.slot = l.slot)
        WHERE l.owner = $1 AND l.expires_at NOT BETWEEN clock_timestamp() + $2 * 0.75 AND clock_timestamp() + $2
        """;

    /// <summary>Renewed a moment ago. A time ahead of the clock says nothing: the clock was set back, or the server failed over to a slower one.</summary>
    private const string IsFresh = "w.renewed_at BETWEEN clock_timestamp() - interval '2 seconds' AND clock_timestamp() + interval '2 seconds'";

    /// <summary>
    /// Parameters: name, lease time. A worker is alive while it renews; a dead one is known by its connection, after time enough for
    /// a live one to make a new connection.
    /// </summary>
    public const string FindWorkers = $"""
        SELECT w.name FROM workers w
        WHERE w.serves AND (w.name = $1 OR {IsFresh}
          OR (w.renewed_at > clock_timestamp() - $2 AND {IsPresent}))
        ORDER BY w.started_at, w.name
        """;

    /// <summary>Parameters: none.</summary>
    public const string ReadClock = "SELECT clock_timestamp()";

    /// <summary>Parameters: name, how many slots.</summary>
    public const string FindSlots = $"""
        SELECT l.slot, l.epoch, l.owner, l.expires_at, l.owner IS NOT NULL AND (l.expires_at < clock_timestamp() OR w.name IS NULL
          OR (w.name <> $1 AND NOT {IsFresh} AND NOT {IsPresent}))
        FROM slot_leases l LEFT JOIN workers w ON w.name = l.owner
        WHERE l.slot < $2 ORDER BY l.slot
        """;

    /// <summary>Parameters: none. Of workers that are long gone.</summary>
    public const string ForgetWorkers = $"""
        DELETE FROM workers w WHERE w.renewed_at NOT BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp() + interval '1 minute' AND NOT {IsPresent}
        """;

    /// <summary>
    /// Parameters: name, slots, their epochs and expiries as seen, lease time. Another worker that was quicker, or that has recovered, has changed one
    /// of them. A slot whose former holder has a batch in work is left for later: that batch holds the shared lock.
    /// </summary>
    public const string Take = $"""
        UPDATE slot_leases l SET owner = $1, epoch = l.epoch + 1, since = clock_timestamp(), busy_since = NULL, expires_at = clock_timestamp() + $5
        FROM unnest($2::integer[], $3::bigint[], $4::timestamptz[]) AS seen (slot, epoch, expires_at)
        WHERE l.slot = seen.slot AND l.epoch = seen.epoch AND l.expires_at IS NOT DISTINCT FROM seen.expires_at
          AND pg_try_advisory_xact_lock({SlotClass}, l.slot)
        RETURNING l.slot, l.epoch
        """;

    /// <summary>Parameters: name, slots, epochs.</summary>
    public const string GiveBack = """
        UPDATE slot_leases l SET owner = NULL, since = NULL, busy_since = NULL, expires_at = NULL
        FROM unnest($2::integer[], $3::bigint[]) AS held (slot, epoch)
        WHERE l.slot = held.slot AND l.epoch = held.epoch AND l.owner = $1
        """;

    /// <summary>Parameters: name. Everything it holds goes back.</summary>
    public const string Leave = """
        WITH gone AS (DELETE FROM workers WHERE name = $1)
        UPDATE slot_leases SET owner = NULL, since = NULL, busy_since = NULL, expires_at = NULL WHERE owner = $1
        """;

    /// <summary>For people. Parameters: how many slots.</summary>
    public const string Show = """
        SELECT l.slot, l.epoch, l.owner, l.owner IS NOT NULL AND l.expires_at > clock_timestamp(),
          clock_timestamp() - l.since, clock_timestamp() - l.busy_since
        FROM slot_leases l WHERE l.slot < $1 ORDER BY l.slot
        """;

    /// <summary>A batch's first lock. Parameters: slots.</summary>
    public const string ShareSlots = $"SELECT count(pg_advisory_xact_lock_shared({SlotClass}, slot)) FROM unnest($1::integer[]) AS slot";

    /// <summary>Its own statement, after the lock. Parameters: name, slots, epochs. Gives the slots that are no longer held.</summary>
    public const string FindLost = """
        SELECT held.slot FROM unnest($2::integer[], $3::bigint[]) AS held (slot, epoch)
        LEFT JOIN slot_leases l ON l.slot = held.slot AND l.epoch = held.epoch AND l.owner = $1
        WHERE l.slot IS NULL
        """;
}
