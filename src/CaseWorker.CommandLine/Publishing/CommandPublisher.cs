using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Formatting;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>Publishes commands in the order of the calls, each confirmed by the broker, with some hundred confirms outstanding.</summary>
internal sealed class CommandPublisher(IChannel channel, int slots) : IAsyncDisposable
{
    private const int Window = 500;

    private readonly Queue<(FileLine.Usable Line, Task Confirm)> outstanding = new();

    /// <summary>How many the broker has taken over.</summary>
    public long Confirmed { get; private set; }

    public static async Task<CommandPublisher> OpenAsync(IConnection connection, int slots, CancellationToken cancellationToken)
    {
        // The window is kept here: the client's own limiter slows down long before it is full.
        var options = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);
        return new CommandPublisher(await connection.CreateChannelAsync(options, cancellationToken), slots);
    }

    /// <exception cref="CommandException">The broker did not take over this line or one before it.</exception>
    public async Task PublishAsync(FileLine.Usable line)
    {
        if (outstanding.Count >= Window)
        {
            await ConfirmOldestAsync();
        }

        var properties = new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            MessageId = line.Id.ToString(),
        };
        var key = CaseTopology.RoutingKeyOf(CaseTopology.SlotOf(line.CaseReference, slots));

        // No cancellation token: it would end the wait, but what is sent cannot be taken back.
        outstanding.Enqueue((line, channel.BasicPublishAsync(CaseTopology.CommandExchange, key, mandatory: true, properties, line.Body).AsTask()));
    }

    /// <summary>Returns when the broker has taken over everything published so far.</summary>
    /// <exception cref="CommandException">The broker did not take over a line.</exception>
    public async Task FlushAsync()
    {
        while (outstanding.Count > 0)
        {
            await ConfirmOldestAsync();
        }
    }

    public ValueTask DisposeAsync() => channel.DisposeAsync();

    private async Task ConfirmOldestAsync()
    {
        var (line, confirm) = outstanding.Peek();
        try
        {
            await confirm.WaitAsync(BrokerAdmin.Patience);
        }
        catch (Exception error) when (Explain(error) is { } reason)
        {
            throw new CommandException(
                $"Line {line.Number} (command {line.Id}): {reason}\n"
                + $"{Numbers.Of(Confirmed, "command")} before it {(Confirmed == 1 ? "is" : "are")} with the broker; of those after it some may be. "
                + "Publishing the same file again is safe: a command that was taken before is answered with its original outcome.");
        }

        outstanding.Dequeue();
        Confirmed++;
    }

    private static string? Explain(Exception error) => error switch
    {
        PublishException { IsReturn: true } => $"the broker found no queue for it. Run `{ProgramName.Value} check`.",
        PublishException => "the broker refused it; its queue may be full.",
        TimeoutException => $"the broker has not confirmed it within {BrokerAdmin.Patience.TotalSeconds:0} s. Is it out of memory or disk?",
        OperationInterruptedException closed => $"the broker closed the channel or the connection: {SafeText.OneLine(closed.Message)}",
        IOException lost => $"the connection to the broker was lost: {SafeText.OneLine(lost.Message)}",
        _ => null,
    };
}
