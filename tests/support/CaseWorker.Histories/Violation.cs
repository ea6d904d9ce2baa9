namespace CaseWorker.Histories;

/// <summary>A broken promise.</summary>
/// <param name="Invariant">I1 to I8; see docs/guarantees.md.</param>
/// <param name="Sentence">What was found, and where.</param>
internal sealed record Violation(string Invariant, string Sentence)
{
    public override string ToString() => $"{Invariant}: {Sentence}";
}
