using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using CaseWorker.RabbitMq;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>One run of <c>caseworker publish</c>.</summary>
internal sealed class PublishRun(PublishOptions options, TimeProvider time, CancellationToken cancellationToken)
{
    private const int ShownUnreadable = 10;

    private readonly OutcomeTally tally = new();

    /// <summary>The last outcome completes the tally before it is in the file.</summary>
    private readonly Lock taking = new();
    private long skipped;
    private OutcomeFile? outcomes;
    private bool isCutShort;

    public async Task<int> RunAsync()
    {
        var configuration = Settings.Read();
        var worker = Settings.ReadOptions(configuration);
        var address = ConnectionSettings.ReadBroker(configuration);
        var file = new CommandFile(options.File, worker.Slots);
        var total = file.IsRereadable ? await CheckAsync(file) : (long?)null;
        using var opened = options.Outcomes is { } path ? new OutcomeFile(path) : null;
        outcomes = opened;

        await using var connection = await BrokerAdmin.ConnectAsync(address, "publish", cancellationToken);
        await BrokerAdmin.EnsureTopologyAsync(connection, worker, cancellationToken);
        await using var subscription = options.Wait ? await OutcomeSubscription.OpenAsync(connection, Take, time, cancellationToken) : null;
        if (options.Wait && !await BrokerAdmin.HasWorkerAsync(connection, worker, cancellationToken))
        {
            await System.Console.Error.WriteLineAsync($"No worker consumes now: the outcomes will come when one is started (`{ProgramName.Value} run`).");
        }

        await using var publisher = await CommandPublisher.OpenAsync(connection, worker.Slots, cancellationToken);

        var started = time.GetTimestamp();
        var progress = new PublishProgress(total, () => (publisher.Confirmed, options.Wait ? tally.Answered : null), time);
        string? gaveUp = null;
        var publishing = TimeSpan.Zero;
        await progress.ShowAsync(Task.Run(async () =>
        {
            await PublishAsync(file, publisher);
            publishing = time.GetElapsedTime(started);
            gaveUp = subscription is null ? null : await WaitAsync(subscription);
        }, CancellationToken.None));
        var code = Report(tally.Sum(skipped, publishing, time.GetElapsedTime(started)), gaveUp);
        lock (taking)
        {
            outcomes?.Complete();
        }

        return code;
    }

    private void Take(ReadOnlyMemory<byte> body)
    {
        lock (taking)
        {
            if (OutcomeDelivery.Read(body) is { } delivery && tally.Answer(delivery))
            {
                outcomes?.Write(body.Span);
            }
        }
    }

    /// <summary>Reads all of it before anything is published, and gives back how many commands it holds.</summary>
    private async Task<long> CheckAsync(CommandFile file)
    {
        long usable = 0;
        long unreadable = 0;
        await foreach (var line in file.ReadAsync(cancellationToken))
        {
            if (line is not FileLine.Malformed bad)
            {
                usable++;
            }
            else if (++unreadable <= ShownUnreadable)
            {
                Complain(bad);
            }
        }

        if (unreadable > ShownUnreadable)
        {
            await System.Console.Error.WriteLineAsync($"… and {Numbers.Of(unreadable - ShownUnreadable, "line")} more.");
        }

        return unreadable == 0 || options.SkipUnreadable
            ? usable
            : throw new CommandException($"Nothing was published: {Numbers.Of(unreadable, "line")} cannot be. Correct {(unreadable == 1 ? "it" : "them")}, or leave {(unreadable == 1 ? "it" : "them")} out with --skip-unreadable.");
    }

    private async Task PublishAsync(CommandFile file, CommandPublisher publisher)
    {
        await foreach (var line in file.ReadAsync(cancellationToken))
        {
            if (line is FileLine.Usable usable)
            {
                tally.Expect(usable.Id);
                await publisher.PublishAsync(usable);
                continue;
            }

            skipped++;
            if (!file.IsRereadable)
            {
                Complain((FileLine.Malformed)line);
            }

            if (!options.SkipUnreadable)
            {
                isCutShort = true;
                break;
            }
        }

        await publisher.FlushAsync();
        tally.Close();
    }

    /// <summary>Gives back why it gave up; null when every command has its answer.</summary>
    private async Task<string?> WaitAsync(OutcomeSubscription subscription)
    {
        subscription.Stir();
        while (!tally.Complete.IsCompleted)
        {
            if (subscription.Lost.IsCompleted)
            {
                return $"The connection to the broker was lost ({SafeText.OneLine(await subscription.Lost)}).";
            }

            var patience = options.Timeout - subscription.Silence;
            if (patience <= TimeSpan.Zero)
            {
                return $"No outcome arrived for {options.Timeout.TotalSeconds:0} s.";
            }

            await Task.WhenAny(tally.Complete, subscription.Lost, Task.Delay(patience, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }

        return null;
    }

    private int Report(OutcomeSummary sum, string? gaveUp)
    {
        if (options.Json)
        {
            PublishReport.WriteJson(sum, options.Wait);
        }
        else if (options.Wait)
        {
            PublishReport.WriteTable(sum);
            PublishReport.RefusalLines(sum).ToList().ForEach(System.Console.WriteLine);
        }
        else
        {
            PublishReport.WritePublished(sum);
        }

        if (gaveUp is not null)
        {
            System.Console.Error.WriteLine(PublishReport.Missing(sum, gaveUp));
        }

        if (isCutShort)
        {
            System.Console.Error.WriteLine("Stopped at that line; what stands after it was not published. --skip-unreadable would leave it out.");
        }
        else if (sum.Skipped > 0)
        {
            System.Console.Error.WriteLine($"{Numbers.Of(sum.Skipped, "line")} left out as unreadable.");
        }

        return sum.Skipped == 0 && (!options.Wait || (sum.Missing == 0 && sum.Rejected.Count == 0)) ? CommandRunner.Ok : CommandRunner.Failed;
    }

    private static void Complain(FileLine.Malformed line) =>
        System.Console.Error.WriteLine($"Line {line.Number}: {SafeText.OneLine(line.Detail, 300)}");
}
