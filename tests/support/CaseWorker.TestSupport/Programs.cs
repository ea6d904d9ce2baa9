namespace CaseWorker.TestSupport;

/// <summary>Programs that are not ours; `infra/services.sh install --tests` puts them there.</summary>
internal static class Programs
{
    /// <summary>Debian's own: its packages are not seen by another Python that comes first in the PATH.</summary>
    public const string Python = "/usr/bin/python3";

    public const string Chromium = "/usr/bin/chromium";

    public const string PgBouncer = "/usr/sbin/pgbouncer";
}
