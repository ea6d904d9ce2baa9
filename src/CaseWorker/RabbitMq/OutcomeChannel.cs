using RabbitMQ.Client;

namespace CaseWorker.RabbitMq;

/// <summary>A channel for one batch worker's outcomes, with the broker's confirms. It sends one window after the other.</summary>
/// <param name="channel">New, opened with <see cref="ConfirmChannel.Options"/>.</param>
/// <param name="lost">See <see cref="Lost"/>.</param>
internal sealed class OutcomeChannel(IChannel channel, Task lost)
{
    private readonly ConfirmChannel channel = new(channel, new ConfirmTracker(answered: null));

    public bool IsClosed => channel.IsClosed;

    /// <summary>What the broker said when it closed the channel; null if it did not.</summary>
    public string? Refusal => channel.CloseReason is { Initiator: ShutdownInitiator.Peer, ReplyCode: >= 400 and < 500 } reason ? reason.ReplyText : null;

    /// <summary>Whether the broker closed it because an exchange does not exist.</summary>
    public bool MissedExchange => channel.CloseReason is { Initiator: ShutdownInitiator.Peer, ReplyCode: Constants.NotFound };

    /// <summary>Completes when its connection is lost: confirms that are still missing then never come.</summary>
    public Task Lost => lost;

    /// <summary>Publishes outcomes, all in one window of confirms.</summary>
    public OutcomeWindow Send(IReadOnlyList<OutcomeMessage> messages) => new(channel, messages);

    /// <summary>Outcomes on their way: of each it is known in the end whether the broker has it.</summary>
    internal sealed class OutcomeWindow
    {
        private readonly ConfirmChannel channel;

        /// <summary>The number of each outcome's publish; 0 if it was not sent.</summary>
        private readonly ulong[] numbers;

        public OutcomeWindow(ConfirmChannel channel, IReadOnlyList<OutcomeMessage> messages)
        {
            this.channel = channel;
            numbers = new ulong[messages.Count];
            Answered = SendAsync(messages);
        }

        /// <summary>Completes when the broker has answered all, or the channel is closed; never fails.</summary>
        public Task Answered { get; }

        /// <summary>The first that went wrong while sending.</summary>
        public Exception? Error { get; private set; }

        /// <summary>Whether the broker has the outcome.</summary>
        /// <param name="index">Its place in the window.</param>
        public bool IsConfirmed(int index) => numbers[index] is var number and > 0 && channel.Confirms.IsConfirmed(number);

        private async Task SendAsync(IReadOnlyList<OutcomeMessage> messages)
        {
            channel.Confirms.Forget();
            for (var i = 0; i < numbers.Length && !channel.IsClosed; i++)
            {
                try
                {
                    var message = messages[i];
                    numbers[i] = await channel.PublishAsync(message.Exchange, "", mandatory: false, message.Properties, message.Body);
                }
                catch (Exception error)
                {
                    Error ??= error;
                }
            }

            await channel.Confirms.AnsweredUpToAsync(channel.Published);
        }
    }
}
