using System.Diagnostics;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.Contracts;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>
/// Sees from outside when a worker gets its first command: a queue then has fewer messages ready than were put into it. Asks queue by
/// queue, so it is up to 64 questions late (about 20 ms), and asks no more after that.
/// </summary>
internal static class FirstDelivery
{
    /// <returns>The moment in Stopwatch ticks.</returns>
    public static async Task<long> WaitAsync(IConnection connection, IEnumerable<ReadyMessage> queued, double seconds)
    {
        var filled = queued.CountBy(message => CaseTopology.QueueOf(CaseTopology.SlotOf(message.CaseReference))).ToList();
        await using var channel = await connection.CreateChannelAsync();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            foreach (var (queue, count) in filled)
            {
                if (await channel.MessageCountAsync(queue) < count)
                {
                    return Stopwatch.GetTimestamp();
                }
            }

            await tick.WaitForNextTickAsync();
        }

        throw new BenchmarkException($"No command was delivered within {seconds} s.");
    }
}
