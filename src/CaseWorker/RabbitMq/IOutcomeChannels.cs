namespace CaseWorker.RabbitMq;

/// <summary>The channels that outcomes go out on, one for each batch worker.</summary>
internal interface IOutcomeChannels
{
    /// <summary>The batch worker's open channel. A channel that is gone is replaced.</summary>
    /// <exception cref="RabbitMQ.Client.Exceptions.BrokerUnreachableException">The broker does not answer; try again later.</exception>
    Task<OutcomeChannel> ChannelAsync(int worker);
}
