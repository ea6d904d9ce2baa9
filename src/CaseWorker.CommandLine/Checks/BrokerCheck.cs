using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Formatting;
using CaseWorker.RabbitMq;
using Microsoft.Extensions.Configuration;
using RabbitMQ.Client;

namespace CaseWorker.CommandLine.Checks;

/// <summary>Looks at the broker as any client can: it connects and asks for exchanges and queues without declaring them.</summary>
internal static class BrokerCheck
{
    private static string StartAWorker => $"Start a worker: `{ProgramName.Value} run`.";

    public static async Task<IReadOnlyList<Finding>> RunAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        try
        {
            var address = ConnectionSettings.ReadBroker(configuration);
            var slots = Settings.ReadOptions(configuration).Slots;
            await using var connection = await BrokerAdmin.ConnectAsync(address, "check", cancellationToken);
            findings.Add(Finding.Good("broker", $"RabbitMQ {BrokerAdmin.VersionOf(connection)} answers on {address.Host}:{connection.Endpoint.Port}"));
            foreach (var exchange in new[] { CaseTopology.CommandExchange, CaseTopology.OutcomeExchange })
            {
                findings.Add(await BrokerAdmin.ExistsAsync(connection, channel => channel.ExchangeDeclarePassiveAsync(exchange, cancellationToken), cancellationToken)
                    ? Finding.Good("exchange", $"{exchange} is there")
                    : Finding.Bad("exchange", $"{exchange} is missing", $"A worker declares it when it starts: `{ProgramName.Value} run`."));
            }

            findings.AddRange(await QueuesAsync(connection, slots, cancellationToken));
        }
        catch (Exception error) when (CommandRunner.Explain(error) is { } sentence)
        {
            findings.Add(Finding.Bad("broker", "not reachable", sentence));
        }

        return findings;
    }

    private static async Task<List<Finding>> QueuesAsync(IConnection connection, int slots, CancellationToken cancellationToken)
    {
        var queues = new List<(string Name, QueueDeclareOk? State)>();
        foreach (var name in Enumerable.Range(0, slots).Select(CaseTopology.QueueOf))
        {
            queues.Add((name, await LookAsync(connection, name, cancellationToken)));
        }

        var missing = queues.Where(queue => queue.State is null).Select(queue => queue.Name).ToList();
        var unserved = queues.Where(queue => queue.State is { ConsumerCount: 0 }).Select(queue => queue.Name).ToList();
        var waiting = queues.Sum(queue => (long)(queue.State?.MessageCount ?? 0));
        var findings = new List<Finding>
        {
            missing.Count == 0
                ? Finding.Good("slot queues", $"all {slots} are there, {Numbers.Of(waiting, "command")} waiting in them")
                : Finding.Bad("slot queues", $"{missing.Count} of {slots} are missing ({Some(missing)})", $"A worker declares them when it starts: `{ProgramName.Value} run`. Is CaseWorker:Slots ({slots}) the same everywhere?"),
        };
        if (missing.Count < slots)
        {
            findings.Add(unserved.Count == 0
                ? Finding.Good("workers", "every slot queue has a consumer")
                : Finding.Bad("workers", unserved.Count == slots ? "no worker consumes" : $"{unserved.Count} of {slots} slot queues have no consumer ({Some(unserved)})", StartAWorker));
        }

        foreach (var name in new[] { CaseTopology.UnroutedQueue, CaseTopology.UndeliverableQueue })
        {
            if (await LookAsync(connection, name, cancellationToken) is { MessageCount: > 0 and var count })
            {
                findings.Add(Finding.Odd("set aside", $"{Numbers.Of(count, "message")} in {name}", "A running worker moves them to the table dead_letters, where the reason is kept."));
            }
        }

        return findings;
    }

    private static async Task<QueueDeclareOk?> LookAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        QueueDeclareOk? found = null;
        await BrokerAdmin.ExistsAsync(connection, async channel => found = await channel.QueueDeclarePassiveAsync(queue, cancellationToken), cancellationToken);
        return found;
    }

    private static string Some(List<string> names) => string.Join(", ", names.Take(3)) + (names.Count > 3 ? ", …" : "");
}
