namespace CaseWorker.Resilience;

/// <summary>So many dead letters are open that no more are taken. What cannot be taken stays with the broker, in order.</summary>
/// <param name="message">Which limit is reached, and what an operator can do.</param>
/// <param name="cases">The cases whose commands cannot be taken.</param>
internal sealed class ParkingFullException(string message, IReadOnlyCollection<long> cases) : Exception(message)
{
    public IReadOnlyCollection<long> Cases => cases;
}
