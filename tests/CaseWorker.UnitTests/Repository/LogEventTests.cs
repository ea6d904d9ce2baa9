using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Repository;

/// <summary>Operators search logs by event id: each has one meaning, and docs/operations.md says which.</summary>
public sealed class LogEventTests
{
    private static readonly IReadOnlyList<LoggerMessageAttribute> Events =
    [
        .. new[] { typeof(CaseWorker.Diagnostics.Log), typeof(CaseWorker.AspNetCore.Diagnostics.Log), typeof(CaseWorker.Client.Log) }
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>(),
    ];

    [Fact]
    public void No_event_id_is_used_twice()
    {
        Events.Count.ShouldBeGreaterThan(30);
        Events.Select(entry => entry.EventId).ShouldBeUnique();
    }

    [Fact]
    public void The_operations_page_lists_every_event_with_its_level()
    {
        var rows = File.ReadLines(RepositoryFolder.PathOf("docs", "operations.md")).ToList();
        Events.Where(entry => !rows.Exists(row => row.StartsWith(string.Create(CultureInfo.InvariantCulture, $"| {entry.EventId} | {entry.Level} |"), StringComparison.Ordinal)))
            .Select(entry => entry.EventId)
            .ShouldBeEmpty();
    }
}
