using System.Globalization;
using CaseWorker.Benchmarks.Measuring;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>The harness's end of the publisher and subscriber.</summary>
internal sealed class TrafficProcess : IAsyncDisposable
{
    private readonly ChildProcess process;

    private TrafficProcess(ChildProcess process) => this.process = process;

    public int Id => process.Id;

    public static async Task<TrafficProcess> StartAsync(Uri broker, string planFile, CancellationToken stop)
    {
        var traffic = new TrafficProcess(ChildProcess.Self("traffic", new Dictionary<string, string>(StringComparer.Ordinal), broker.ToString(), planFile));
        await traffic.AnswerAsync(stop);
        return traffic;
    }

    public async Task<TrafficAnswer> AskAsync(TrafficOrder order, CancellationToken stop)
    {
        await process.WriteLineAsync(TrafficJson.Write(order));
        return await AnswerAsync(stop);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();

    private async Task<TrafficAnswer> AnswerAsync(CancellationToken stop)
    {
        var line = await process.ReadLineAsync(stop) ?? throw new BenchmarkException(string.Create(CultureInfo.InvariantCulture, $"The publisher's process {process.Id} ended:\n{process.Errors}"));
        var answer = TrafficJson.Read<TrafficAnswer>(line);
        return answer.Failure is { } failure ? throw new BenchmarkException(failure) : answer;
    }
}
