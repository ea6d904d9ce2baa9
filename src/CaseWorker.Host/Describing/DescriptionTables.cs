using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace CaseWorker.Host.Describing;

/// <summary>A description for people: a table a part; the slots' queues are one line, since they differ in their number only.</summary>
internal static class DescriptionTables
{
    public static void Write(Description description)
    {
        var (versions, topology, limits) = (description.Versions, description.Topology, description.Limits);
        Verbs.Out.MarkupLine($"[bold]CaseWorker {versions.CaseWorker}[/], schema {versions.Schema}, {Markup.Escape(versions.Runtime)}");
        Write("Exchanges", ["name", "type", "arguments"], topology.Exchanges.Select(exchange => new[] { exchange.Name, exchange.Type, Arguments(exchange.Arguments) }));
        Write("Queues", ["name", "bound to", "arguments"], Queues(topology));
        Write("Actions", ["name", "the case"], description.Actions.Select(action => new[] { action.Name, action.CreatesCase ? "is created" : "must exist" }));
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

    private static IEnumerable<string[]> Queues(Topology topology)
    {
        foreach (var alike in topology.Queues.GroupBy(queue => Arguments(queue.Arguments), StringComparer.Ordinal))
        {
            var bindings = alike.Select(queue => topology.Bindings.Single(binding => string.Equals(binding.Destination, queue.Name, StringComparison.Ordinal) && binding.DestinationType is "queue")).ToList();
            if (bindings.Select(binding => binding.Source).Distinct(StringComparer.Ordinal).Count() == 1)
            {
                yield return [Span(alike.Select(queue => queue.Name)), $"{bindings[0].Source}, key {Span(bindings.Select(binding => binding.RoutingKey))}", alike.Key];
                continue;
            }

            foreach (var binding in bindings)
            {
                yield return [binding.Destination, binding.Source, alike.Key];
            }
        }
    }

    private static string Span(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count == 1 ? all[0] : $"{all[0]} … {all[^1]}";
    }

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

        Verbs.Out.WriteLine();
        Verbs.Out.MarkupLine($"[bold]{title}[/]");
        Verbs.Out.Write(table);
    }
}
