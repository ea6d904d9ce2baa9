using System.Text;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Formatting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace CaseWorker.RabbitMq;

/// <summary>The command line's own connection to the broker, without the bus.</summary>
internal static class BrokerAdmin
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="broker">An AMQP URI.</param>
    /// <param name="purpose">Names the connection in the broker's own lists.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="BrokerUnreachableException">It does not answer, or refuses the login.</exception>
    public static Task<IConnection> ConnectAsync(Uri broker, string purpose, CancellationToken cancellationToken) =>
        new BrokerConnectionFactory(broker).ConnectAsync($"caseworker {purpose}", cancellationToken);

    /// <summary>Leaves a topology that is there as it is; declares it, as the worker would, where a part is missing.</summary>
    public static async Task EnsureTopologyAsync(IConnection connection, CaseWorkerOptions options, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(connection, channel => BrokerTopology.LookAsync(channel, Enumerable.Range(0, options.Slots), cancellationToken), cancellationToken))
        {
            return;
        }

        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await BrokerTopology.DeclareAsync(channel, options);
    }

    /// <summary>Whether anybody consumes from a slot queue.</summary>
    public static async Task<bool> HasWorkerAsync(IConnection connection, CaseWorkerOptions options, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var slot in Enumerable.Range(0, options.Slots))
        {
            if (await channel.ConsumerCountAsync(CaseTopology.QueueOf(slot), cancellationToken) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Asks on a channel of its own: the broker answers "no" by closing it.</summary>
    public static async Task<bool> ExistsAsync(IConnection connection, Func<IChannel, Task> ask, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            await ask(channel);
            return true;
        }
        catch (OperationInterruptedException error) when (error.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }

    /// <summary>The broker's version, as it says it.</summary>
    public static string VersionOf(IConnection connection) =>
        connection.ServerProperties?.TryGetValue("version", out var version) == true && version is byte[] text ? SafeText.OneLine(Encoding.UTF8.GetString(text), 40) : "(unknown version)";
}
