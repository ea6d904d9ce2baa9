using System.Buffers.Text;
using System.Text;
using System.Threading.Channels;
using CaseWorker.Benchmarks.Measuring;
using CaseWorker.Benchmarks.Traffic;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace CaseWorker.Benchmarks.Ceilings;

/// <summary>
/// What the broker and its client can do at most: takes each command from the slots' queues, publishes a ready-made outcome with a confirm,
/// acknowledges. No database, nothing is parsed. Four batch workers and windows of up to 400, as CaseWorker has by default.
/// </summary>
internal static class BrokerCeiling
{
    private const int BatchWorkers = 4;
    private const int Window = 400;

    /// <summary>As CaseWorker has it.</summary>
    private static readonly ushort PrefetchPerSlot = (ushort)new CaseWorkerOptions().PrefetchPerSlot;

    private const string Outcome = """
        {"outcome":"accepted","outcomeId":"9f677f53-0a93-8a43-a5ec-1ec202813a47","commandId":"00000000-0000-0000-0000-000000000000","caseReference":"1600000000000010","action":"case.merge","status":200,"actor":"Resource26","recordedAt":"2026-01-02T09:21:26.588123+00:00","nonce":12,"globalNonce":123456,"version":9,"changed":true}
        """;

    private static readonly byte[] Template = Encoding.UTF8.GetBytes(Outcome);
    private static readonly int IdAt = Outcome.IndexOf("00000000-", StringComparison.Ordinal);

    public static async Task<int> RunAsync(CancellationToken stop)
    {
        var factory = new ConnectionFactory
        {
            Uri = new Uri(Environment.GetEnvironmentVariable("RabbitMq__Uri") ?? throw new BenchmarkException("RabbitMq__Uri is not set.")),
            AutomaticRecoveryEnabled = false,
        };
        await using var incoming = await factory.CreateConnectionAsync(stop);
        await using var outgoing = await factory.CreateConnectionAsync(stop);
        var workers = new List<Task>();
        for (var worker = 0; worker < BatchWorkers; worker++)
        {
            workers.Add(RunLaneAsync(worker, incoming, outgoing, stop));
        }

        await Console.Out.WriteLineAsync(ChildProcess.SignOfStart);
        await Task.WhenAll(workers);
        return 0;
    }

    private static async Task RunLaneAsync(int worker, IConnection incoming, IConnection outgoing, CancellationToken stop)
    {
        var commands = Channel.CreateUnbounded<(ulong Tag, Guid Id)>();
        await using var source = await incoming.CreateChannelAsync(cancellationToken: CancellationToken.None);
        var target = await ConfirmedChannel.OpenAsync(outgoing);
        await ConsumeAsync(worker, source, commands.Writer);
        try
        {
            while (await commands.Reader.WaitToReadAsync(stop))
            {
                var last = 0UL;
                for (var count = 0; count < Window && commands.Reader.TryRead(out var command); count++)
                {
                    last = command.Tag;
                    await target.PublishAsync(CaseTopology.AcceptedExchange, "", command.Id, OutcomeOf(command.Id));
                }

                await target.ConfirmedAsync();
                await source.BasicAckAsync(last, multiple: true, CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            // SIGTERM: the run is over.
        }
    }

    private static async Task ConsumeAsync(int worker, IChannel source, ChannelWriter<(ulong Tag, Guid Id)> commands)
    {
        await source.BasicQosAsync(0, PrefetchPerSlot, global: false);
        var consumer = new AsyncEventingBasicConsumer(source);
        consumer.ReceivedAsync += (_, message) =>
        {
            commands.TryWrite((message.DeliveryTag, Guid.Parse(message.BasicProperties.MessageId!)));
            return Task.CompletedTask;
        };
        for (var slot = worker; slot < CaseTopology.SlotCount; slot += BatchWorkers)
        {
            await source.BasicConsumeAsync(CaseTopology.QueueOf(slot), autoAck: false, consumer);
        }
    }

    private static byte[] OutcomeOf(Guid commandId)
    {
        var body = Template.AsSpan().ToArray();
        Utf8Formatter.TryFormat(commandId, body.AsSpan(IdAt), out _);
        return body;
    }
}
