using System.CommandLine;
using System.Text.Json;
using CaseWorker.Contracts;
using CaseWorker.Slots;
using CaseWorker.Storage;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Spectre.Console;

namespace CaseWorker.Host.Slots;

/// <summary><c>caseworker slots</c>: which worker serves what, and what waits there.</summary>
internal static class SlotsVerb
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object a line." };
        var verb = new Command("slots", "Shows who holds each slot, under which epoch and since when, how many commands wait in its queue, and for how long the oldest has been in work. Exit code: 0 when every slot is held, 1 when not.") { json };
        verb.SetAction((parsed, cancellationToken) => Verbs.GuardAsync(() => RunAsync(parsed.GetValue(json), cancellationToken)));
        return verb;
    }

    private static async Task<int> RunAsync(bool json, CancellationToken cancellationToken)
    {
        var configuration = Settings.Read();
        var options = Settings.ReadOptions(configuration);
        var slots = await ReadAsync(ConnectionSettings.ReadDatabase(configuration), options.Slots, cancellationToken);
        var depths = await DepthsAsync(ConnectionSettings.ReadBroker(configuration), options.Slots, cancellationToken);
        var lines = slots.Select(slot => slot with { Depth = depths[slot.Slot] }).ToList();
        if (json)
        {
            lines.ForEach(line => Console.WriteLine(JsonSerializer.Serialize(line, Json)));
        }
        else
        {
            Write(lines);
        }

        return lines.TrueForAll(line => line.IsHeld) ? Verbs.Ok : Verbs.Failed;
    }

    private static async Task<List<SlotLine>> ReadAsync(string connectionString, int count, CancellationToken cancellationToken)
    {
        await using var database = Database.Connect(connectionString);
        await using var command = database.CreateCommand(LeaseSql.Show);
        command.Parameters.Add(new NpgsqlParameter { Value = count });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new Dictionary<int, SlotLine>();
        while (await reader.ReadAsync(cancellationToken))
        {
            TimeSpan? Span(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<TimeSpan>(column);
            var slot = reader.GetInt32(0);
            found[slot] = new SlotLine(slot, reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetBoolean(3), reader.GetInt64(1), Span(4)?.TotalSeconds, null, Span(5)?.TotalSeconds);
        }

        return [.. Enumerable.Range(0, count).Select(slot => found.GetValueOrDefault(slot) ?? new SlotLine(slot, null, IsHeld: false, 0, null, null, null))];
    }

    private static async Task<IReadOnlyList<uint?>> DepthsAsync(Uri broker, int count, CancellationToken cancellationToken)
    {
        await using var connection = await Broker.ConnectAsync(broker, "slots", cancellationToken);
        var depths = new List<uint?>();
        foreach (var slot in Enumerable.Range(0, count))
        {
            uint? depth = null;
            await Broker.ExistsAsync(connection, async channel => depth = await channel.MessageCountAsync(CaseTopology.QueueOf(slot), cancellationToken), cancellationToken);
            depths.Add(depth);
        }

        return depths;
    }

    private static void Write(List<SlotLine> lines)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("slot").RightAligned()).AddColumn("worker").AddColumn(new TableColumn("epoch").RightAligned())
            .AddColumn(new TableColumn("held for").RightAligned()).AddColumn(new TableColumn("waiting").RightAligned()).AddColumn(new TableColumn("lag").RightAligned());
        foreach (var line in lines)
        {
            table.AddRow(
                line.Slot.ToString("00", System.Globalization.CultureInfo.InvariantCulture),
                line.IsHeld ? SafeText.Markup(line.Worker!) : line.Worker is null ? "[yellow]nobody[/]" : $"[yellow]{SafeText.Markup(line.Worker)} (gone)[/]",
                Numbers.Count(line.Epoch),
                Age(line.HeldForSeconds),
                line.Depth is { } depth ? Numbers.Count(depth) : "no queue",
                Age(line.LagSeconds));
        }

        Verbs.Out.Write(table);
        foreach (var share in lines.GroupBy(line => line.IsHeld ? line.Worker! : "nobody", StringComparer.Ordinal).OrderBy(share => share.Key, StringComparer.Ordinal))
        {
            Verbs.Out.WriteLine($"{Numbers.Of(share.Count(), "slot")} held by {SafeText.OneLine(share.Key)}; {Numbers.Count(share.Sum(line => line.Depth ?? 0))} waiting");
        }
    }

    private static string Age(double? seconds) => seconds is { } value ? Numbers.Seconds(TimeSpan.FromSeconds(value)) : "–";

    /// <summary>One slot.</summary>
    /// <param name="Slot">0 to 63.</param>
    /// <param name="Worker">Machine, process id and a random part.</param>
    /// <param name="IsHeld">False when nobody has it, or its lease has expired.</param>
    /// <param name="Epoch">How many holders it has had.</param>
    /// <param name="HeldForSeconds">Since this worker took it.</param>
    /// <param name="Depth">Commands that wait in its queue, those in work not counted; null when there is no queue.</param>
    /// <param name="LagSeconds">How long its oldest command has been in work, as of the last renewal (2.5 s); null when none was.</param>
    private sealed record SlotLine(int Slot, string? Worker, bool IsHeld, long Epoch, double? HeldForSeconds, uint? Depth, double? LagSeconds);
}
