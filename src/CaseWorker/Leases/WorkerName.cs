namespace CaseWorker.Leases;

/// <summary>This process among the workers: machine, process id and a random part, so that it is never used twice.</summary>
internal sealed record WorkerName(string Value)
{
    public static WorkerName New() => new($"{Environment.MachineName}/{Environment.ProcessId}/{Random.Shared.Next(0x1000000):x6}");

    public override string ToString() => Value;
}
