namespace CaseWorker.Resilience;

/// <summary>The store is damaged or refuses to commit, and no command is to blame. Nothing is parked for it.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="affectsOneCase">Whether only one case is damaged; else all commands wait.</param>
/// <param name="cause">What PostgreSQL said.</param>
internal sealed class StoreFailureException(string message, bool affectsOneCase = false, Exception? cause = null) : Exception(message, cause)
{
    public bool AffectsOneCase => affectsOneCase;

    /// <summary>The sentence about the store, not PostgreSQL's.</summary>
    public override Exception GetBaseException() => this;
}
