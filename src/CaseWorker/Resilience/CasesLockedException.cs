using System.Globalization;

namespace CaseWorker.Resilience;

/// <summary>Another session locks cases of a batch.</summary>
/// <param name="cases">The cases.</param>
/// <param name="cause">What PostgreSQL said.</param>
internal sealed class CasesLockedException(IReadOnlyCollection<long> cases, Exception cause)
    : Exception(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Another database session locks {(cases.Count == 1 ? $"case {cases.First()}" : $"{cases.Count} cases, among them {cases.First()}")}. See pg_locks and pg_stat_activity for that session"),
        cause)
{
    public IReadOnlyCollection<long> Cases => cases;

    /// <summary>The sentence about locks, not PostgreSQL's.</summary>
    public override Exception GetBaseException() => this;
}
