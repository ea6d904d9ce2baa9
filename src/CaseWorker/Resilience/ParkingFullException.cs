namespace CaseWorker.Resilience;

/// <summary>So much waits for an operator that no more is taken. What cannot be taken stays with the broker, in order.</summary>
internal sealed class ParkingFullException(string message) : Exception(message);
