using System.Diagnostics;
using CaseWorker.Benchmarks.Plans;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace CaseWorker.Benchmarks.Traffic;

/// <summary>
/// Publisher and subscriber in a process of their own: bare clients with ready-made bodies, the same for every contestant. Takes orders on
/// standard input until that ends.
/// </summary>
internal sealed class TrafficMode
{
    private readonly IReadOnlyList<ReadyMessage> messages;
    private readonly TrafficLog log;
    private readonly OutcomeStream outcomes;
    private readonly IConnection connection;
    private readonly CommandStream commands;

    private TrafficMode(IReadOnlyList<ReadyMessage> messages, TrafficLog log, OutcomeStream outcomes, IConnection connection, CommandStream commands)
    {
        this.messages = messages;
        this.log = log;
        this.outcomes = outcomes;
        this.connection = connection;
        this.commands = commands;
    }

    public static async Task<int> RunAsync(Uri broker, string planFile)
    {
        var messages = PlanFile.Read(planFile);
        var log = new TrafficLog(messages);
        var factory = new BrokerConnectionFactory(broker);
        await using var outgoing = await factory.ConnectAsync("benchmark commands");
        await using var incoming = await factory.ConnectAsync("benchmark outcomes");
        var outcomes = new OutcomeStream(log);
        await outcomes.OpenAsync(incoming);
        var mode = new TrafficMode(messages, log, outcomes, outgoing, await CommandStream.OpenAsync(outgoing, messages, log));

        await Console.Out.WriteLineAsync(TrafficJson.Write(new TrafficAnswer()));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var answer = await mode.GuardAsync(TrafficJson.Read<TrafficOrder>(line));
            await Console.Out.WriteLineAsync(TrafficJson.Write(answer));
        }

        return 0;
    }

    private async Task<TrafficAnswer> GuardAsync(TrafficOrder order)
    {
        try
        {
            return await ObeyAsync(order);
        }
        catch (Exception error)
        {
            return new TrafficAnswer { Failure = error is BenchmarkException ? error.Message : error.ToString() };
        }
    }

    private Task<TrafficAnswer> ObeyAsync(TrafficOrder order) => order.Do switch
    {
        TrafficOrder.Fill => FillAsync(order.Count),
        TrafficOrder.AwaitDelivery => AwaitDeliveryAsync(order.Seconds),
        TrafficOrder.AwaitOutcomes => AwaitOutcomesAsync(order.Seconds),
        TrafficOrder.Rate => RateAsync(order.PerSecond, order.Seconds),
        TrafficOrder.Window => WindowAsync(order.Count, order.Seconds),
        TrafficOrder.Latency => Task.FromResult(new TrafficAnswer { Latency = log.LatencyOf(commands.Published - order.Count, commands.Published) }),
        TrafficOrder.Tally => Task.FromResult(Tally()),
        _ => throw new BenchmarkException($"Unknown order {order.Do}."),
    };

    private async Task<TrafficAnswer> FillAsync(int count)
    {
        await commands.FillAsync(count);
        return new TrafficAnswer { At = Stopwatch.GetTimestamp() };
    }

    private async Task<TrafficAnswer> AwaitDeliveryAsync(double seconds) =>
        new() { At = await FirstDelivery.WaitAsync(connection, messages.Take(commands.Published), seconds) };

    private async Task<TrafficAnswer> AwaitOutcomesAsync(double seconds)
    {
        var started = Stopwatch.GetTimestamp();
        await commands.ConfirmedAsync();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(25)); // the log knows the moment
        while (!log.IsComplete(commands.Published))
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > seconds)
            {
                throw new BenchmarkException($"Only {log.Answers} of {commands.Published} commands had their outcome within {seconds} s.");
            }

            await tick.WaitForNextTickAsync();
        }

        return Tally() with { At = log.LastAnswerAt, ThirdAt = log.Answers > 0 ? log.ThirdAnswerAt() : 0 };
    }

    private async Task<TrafficAnswer> RateAsync(double perSecond, double seconds)
    {
        var (outcomesBefore, started, halfway) = (log.Outcomes, Stopwatch.GetTimestamp(), 0);
        await commands.RateAsync(perSecond, seconds, () => halfway = BatchDispatcher);
        return Measured(outcomesBefore, started) with { BacklogHalfway = halfway };
    }

    private async Task<TrafficAnswer> WindowAsync(int window, double seconds)
    {
        var (outcomesBefore, started) = (log.Outcomes, Stopwatch.GetTimestamp());
        await commands.WindowAsync(window, seconds);
        return Measured(outcomesBefore, started);
    }

    private int BatchDispatcher => commands.Published - log.Outcomes;

    private TrafficAnswer Measured(int outcomesBefore, long started) => Tally() with
    {
        At = Stopwatch.GetTimestamp(),
        PerSecond = (log.Outcomes - outcomesBefore) / Stopwatch.GetElapsedTime(started).TotalSeconds,
        BatchDispatcher = BatchDispatcher,
    };

    private TrafficAnswer Tally() => new()
    {
        Published = commands.Published,
        Answered = log.Answers,
        Extra = log.Outcomes - commands.Published,
        Accepted = outcomes.Accepted,
        Conflicted = outcomes.Conflicted,
        Others = outcomes.Others,
    };
}
