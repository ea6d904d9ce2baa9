using System.CommandLine;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using CaseWorker.RabbitMq;
using Spectre.Console;

namespace CaseWorker.CommandLine.Slots;

/// <summary><c>caseworker slots</c>: which worker serves what, and what waits there.</summary>
internal static class SlotsCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object per line." };
        var command = new Command("slots", "Shows each slot's owner, its epoch and age, the length of its queue, and how long its oldest command has been in progress. Exit code: 0 if every slot is owned, 1 if not.") { json };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => RunAsync(parsed.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(bool json, CancellationToken cancellationToken)
    {
        var configuration = Settings.Read();
        var options = Settings.ReadOptions(configuration);
        await using var database = CaseWorkerDataSource.Connect(ConnectionSettings.ReadDatabase(configuration));
        var slots = await SlotStatuses.ReadAsync(database, options.Slots, cancellationToken);
        await using var connection = await BrokerAdmin.ConnectAsync(ConnectionSettings.ReadBroker(configuration), "slots", cancellationToken);
        var depths = await SlotStatuses.DepthsAsync(connection, options.Slots, cancellationToken);
        var lines = slots.Select(slot => slot with { Depth = depths[slot.Slot] }).ToList();
        if (json)
        {
            lines.ForEach(line => Console.WriteLine(JsonSerializer.Serialize(line, Json)));
        }
        else
        {
            Write(lines);
        }

        return lines.TrueForAll(line => line.IsHeld) ? CommandRunner.Ok : CommandRunner.Failed;
    }

    private static void Write(List<SlotStatus> lines)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("slot").RightAligned()).AddColumn("worker").AddColumn(new TableColumn("epoch").RightAligned())
            .AddColumn(new TableColumn("held for").RightAligned()).AddColumn(new TableColumn("waiting").RightAligned()).AddColumn(new TableColumn("lag").RightAligned());
        foreach (var line in lines)
        {
            table.AddRow(
                line.Slot.ToString("00", System.Globalization.CultureInfo.InvariantCulture),
                line.IsHeld ? SafeMarkup.Of(line.Worker!) : line.Worker is null ? "[yellow]nobody[/]" : $"[yellow]{SafeMarkup.Of(line.Worker)} (gone)[/]",
                Numbers.Count(line.Epoch),
                Age(line.HeldForSeconds),
                line.Depth is { } depth ? Numbers.Count(depth) : "no queue",
                Age(line.LagSeconds));
        }

        CommandRunner.Out.Write(table);
        foreach (var share in lines.GroupBy(line => line.IsHeld ? line.Worker! : "nobody", StringComparer.Ordinal).OrderBy(share => share.Key, StringComparer.Ordinal))
        {
            CommandRunner.Out.WriteLine($"{Numbers.Of(share.Count(), "slot")} held by {SafeText.OneLine(share.Key)}; {Numbers.Count(share.Sum(line => line.Depth ?? 0))} waiting");
        }
    }

    private static string Age(double? seconds) => seconds is { } value ? Numbers.Seconds(TimeSpan.FromSeconds(value)) : "–";
}
