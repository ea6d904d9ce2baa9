using System.Globalization;
using System.Text.Json;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using Spectre.Console;

namespace CaseWorker.CommandLine.Describing;

/// <summary>A description for people: a table a part; the slots' queues are one line, since they differ in their number only.</summary>
internal static class DescriptionTables
{
    public static void Write(Description description)
    {
        var (versions, topology, limits) = (description.Versions, description.Topology, description.Limits);
        CommandRunner.Out.MarkupLine($"[bold]CaseWorker {versions.CaseWorker}[/], schema {versions.Schema}, {Markup.Escape(versions.Runtime)}");
        Write("Exchanges", ["name", "type", "arguments"], Exchanges(topology).Select(exchange => new[] { exchange.Name, exchange.Type, Arguments(exchange.Arguments) }));
        Write("Queues", ["name", "bound to", "arguments"], Queues(topology));
        Write("Actions", ["name", "the case", "is"], description.Actions.Select(action => new[] { action.Name, action.CreatesCase ? "is created" : "must exist", action.IsBuiltIn ? "built in" : "registered here" }));
        Write("Limits", ["what", "at most"],
        [
            ["a command, and a case's JSON", $"{Numbers.Count(limits.CommandBytes)} bytes"],
            ["objects and arrays in a body", $"{limits.BodyDepth} levels"],
            ["properties of a command", Numbers.Count(limits.Properties)],
            ["a number", $"{limits.SignificantDigits} digits, exponent -{limits.DecimalExponent} to {limits.DecimalExponent}"],
            ["a note", $"{Numbers.Count(limits.NoteBytes)} bytes of UTF-8"],
            ["action, actor, correlation id", $"{limits.NameLength} UTF-16 units"],
            ["errors told in a rejection", Numbers.Count(limits.ErrorsTold)],
            ["a case reference", limits.CaseReference],
        ]);
        Write("Options", ["environment", "value", "default", "from", "to"], description.Options.Select(option =>
            new[] { option.Variable, Text(option.Value), Text(option.Default), Text(option.Minimum), Text(option.Maximum) }));
    }

    /// <summary>Without those that stand before a slot's queue and have its name.</summary>
    private static IEnumerable<ExchangeInfo> Exchanges(Topology topology) =>
        topology.Exchanges.ExceptBy(topology.Bindings.Where(binding => binding.RoutingKey.Length > 0).Select(binding => binding.Destination), exchange => exchange.Name, StringComparer.Ordinal);

    private static IEnumerable<string[]> Queues(Topology topology)
    {
        var keys = topology.Bindings.Where(binding => binding.RoutingKey.Length > 0).ToDictionary(binding => binding.Destination, StringComparer.Ordinal);
        var slots = topology.Queues.Where(queue => keys.ContainsKey(queue.Name)).ToList();
        var first = keys[slots[0].Name];
        yield return [Span(slots[0].Name, slots[^1].Name), $"{first.Source}, key {Span(first.RoutingKey, keys[slots[^1].Name].RoutingKey)}", Arguments(slots[0].Arguments)];
        foreach (var queue in topology.Queues.Except(slots))
        {
            yield return [queue.Name, queue.Name, Arguments(queue.Arguments)];
        }
    }

    private static string Span(string first, string last) => string.Equals(first, last, StringComparison.Ordinal) ? first : $"{first} … {last}";

    private static string Arguments(IReadOnlyDictionary<string, object> arguments) =>
        string.Join("\n", arguments.Select(argument => string.Create(CultureInfo.InvariantCulture, $"{argument.Key}: {(argument.Value is bool flag ? JsonSerializer.Serialize(flag) : argument.Value)}")));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Write(string title, string[] columns, IEnumerable<string[]> rows)
    {
        var table = new Table().Border(TableBorder.None).AddColumns([.. columns.Select(column => new TableColumn($"[grey]{column}[/]"))]);
        foreach (var row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        CommandRunner.Out.WriteLine();
        CommandRunner.Out.MarkupLine($"[bold]{title}[/]");
        CommandRunner.Out.Write(table);
    }
}
