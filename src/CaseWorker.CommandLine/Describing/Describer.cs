using System.Globalization;
using System.Runtime.InteropServices;
using CaseWorker.Actions;
using CaseWorker.Configuration;
using CaseWorker.Contracts;
using CaseWorker.Diagnostics;
using CaseWorker.Json;
using CaseWorker.Persistence.Schema;
using CaseWorker.RabbitMq;
using RabbitMQ.Client;

namespace CaseWorker.CommandLine.Describing;

/// <summary>Describes this worker from the constants it works with. Needs no server.</summary>
internal static class Describer
{
    private static readonly IReadOnlyDictionary<string, object> None = new Dictionary<string, object>(StringComparer.Ordinal);

    public static Description Of(CaseWorkerOptions options, CaseActionRegistry actions) => new(
        new Versions(ProductVersion.Value, SchemaSetup.NewestMigration(), RuntimeInformation.FrameworkDescription),
        TopologyOf(options),
        new Limits(
            JsonLimits.MaxBytes,
            JsonLimits.MaxDepth,
            JsonLimits.MaxProperties,
            JsonLimits.MaxSignificantDigits,
            JsonLimits.MaxExponent,
            JsonLimits.MaxNoteBytes,
            JsonLimits.MaxNameLength,
            JsonLimits.MaxErrors,
            long.MaxValue.ToString(CultureInfo.InvariantCulture)),
        [.. actions.Build().All.Select(action => new ActionInfo(action.Name, action.CreatesCase, action is not RegisteredAction))],
        [.. OutcomeTopology.Kinds.Select(exchange => new OutcomeInfo(exchange[(CaseTopology.OutcomeExchange.Length + 1)..], exchange))],
        [.. OptionRange.All.Select(range => new OptionInfo(
            $"{CaseWorkerOptions.Section}:{range.Name}", range.Variable, range.Minimum, range.Maximum, range.Value(new CaseWorkerOptions()), range.Value(options)))]);

    private static Topology TopologyOf(CaseWorkerOptions options)
    {
        string[] quarantines = [CaseTopology.UnroutedQueue, CaseTopology.UndeliverableQueue];
        var slots = Enumerable.Range(0, options.Slots).Select(slot => (Queue: CaseTopology.QueueOf(slot), Key: CaseTopology.RoutingKeyOf(slot))).ToList();

        // MassTransit makes a fanout exchange of the queue's name for each queue. Those of the slots are bound to nothing.
        var queues = slots.Select(slot => slot.Queue).Concat(quarantines).ToList();
        return new Topology(
            options.Slots,
            [
                new ExchangeInfo(CaseTopology.CommandExchange, ExchangeType.Direct, QueueArguments.OfCommandExchange),
                .. queues.Append(CaseTopology.OutcomeExchange).Concat(OutcomeTopology.Kinds).Select(name => new ExchangeInfo(name, ExchangeType.Fanout, None)),
            ],
            [
                .. slots.Select(slot => new QueueInfo(slot.Queue, QueueArguments.OfSlot(options))),
                .. quarantines.Select(name => new QueueInfo(name, QueueArguments.OfQuarantine)),
            ],
            [
                .. slots.Select(slot => new BindingInfo(CaseTopology.CommandExchange, slot.Queue, "queue", slot.Key)),
                .. quarantines.Select(name => new BindingInfo(name, name, "queue", "")),
                .. OutcomeTopology.Kinds.Select(kind => new BindingInfo(kind, CaseTopology.OutcomeExchange, "exchange", "")),
            ]);
    }
}
