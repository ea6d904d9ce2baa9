using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>A channel for one batch worker's outcomes, with the broker's confirms. It sends one window after the other.</summary>
internal sealed class OutcomeChannel
{
    private readonly IChannel channel;
    private readonly ConfirmTracker confirms = new();
    private ulong published;

    /// <param name="channel">New, with confirms that the client does not track.</param>
    /// <param name="lost">See <see cref="Lost"/>.</param>
    public OutcomeChannel(IChannel channel, Task lost)
    {
        this.channel = channel;
        Lost = lost;
        channel.BasicAcksAsync += (_, ack) => Answer(ack.DeliveryTag, ack.Multiple, isConfirmed: true);
        channel.BasicNacksAsync += (_, nack) => Answer(nack.DeliveryTag, nack.Multiple, isConfirmed: false);
        channel.ChannelShutdownAsync += (_, _) =>
        {
            confirms.End();
            return Task.CompletedTask;
        };
        if (channel.IsClosed)
        {
            confirms.End();
        }
    }

    public bool IsClosed => channel.IsClosed;

    /// <summary>Completes when its connection is lost: confirms that are still missing then never come.</summary>
    public Task Lost { get; }

    /// <summary>Publishes outcomes, all in one window of confirms.</summary>
    public OutcomeWindow Send(IReadOnlyList<OutcomeMessage> messages) => new(this, messages);

    private Task Answer(ulong number, bool multiple, bool isConfirmed)
    {
        confirms.Answer(number, multiple, isConfirmed);
        return Task.CompletedTask;
    }

    private async ValueTask<ulong> PublishAsync(string exchange, string routingKey, BasicProperties properties, byte[] body)
    {
        // No cancellation token: what is sent cannot be taken back, and its number must be counted.
        await channel.BasicPublishAsync(exchange, routingKey, mandatory: false, properties, body, CancellationToken.None);
        return ++published;
    }

    /// <summary>Outcomes on their way: of each it is known in the end whether the broker has it.</summary>
    internal sealed class OutcomeWindow
    {
        private readonly OutcomeChannel channel;
        private readonly IReadOnlyList<OutcomeMessage> messages;

        /// <summary>The number of each outcome's last publish; 0 where it was not sent.</summary>
        private readonly ulong[] numbers;

        public OutcomeWindow(OutcomeChannel channel, IReadOnlyList<OutcomeMessage> messages)
        {
            this.channel = channel;
            this.messages = messages;
            numbers = new ulong[messages.Count];
            Answered = SendAsync();
        }

        /// <summary>Completes when the broker has answered all, or the channel is closed; never fails.</summary>
        public Task Answered { get; }

        /// <summary>The first that went wrong while sending.</summary>
        public Exception? Error { get; private set; }

        /// <param name="index">Of the outcome. Its reply, where it has one, is part of it.</param>
        public bool IsConfirmed(int index) =>
            numbers[index] is var number and > 0
            && channel.confirms.IsConfirmed(number)
            && (messages[index].Reply is null || channel.confirms.IsConfirmed(number - 1));

        private async Task SendAsync()
        {
            channel.confirms.Forget();
            for (var i = 0; i < numbers.Length && !channel.IsClosed; i++)
            {
                try
                {
                    var message = messages[i];
                    var number = await channel.PublishAsync(message.Exchange, "", message.Properties, message.Body);
                    numbers[i] = message.Reply is { } reply ? await channel.PublishAsync("", reply.Queue, reply.Properties, reply.Body) : number;
                }
                catch (Exception error)
                {
                    Error ??= error;
                }
            }

            await channel.confirms.AnsweredUpToAsync(channel.published);
        }
    }
}
