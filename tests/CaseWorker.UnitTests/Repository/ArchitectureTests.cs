using CaseWorker.Actions;
using CaseWorker.AspNetCore.Security;
using CaseWorker.CommandLine.Formatting;
using Shouldly;
using Xunit;

namespace CaseWorker.UnitTests.Repository;

/// <summary>The floors of docs/development.md: an arrow between two folders may only point down, and no folders use each other.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, int> Floors = new(StringComparer.Ordinal)
    {
        ["(root)"] = 8,
        ["DeadLetters"] = 7,
        ["Queries"] = 7,
        ["Processing"] = 6,
        ["Persistence.Schema"] = 5,
        ["Persistence.Schema.Migrations"] = 5,
        ["RabbitMq"] = 4,
        ["Actions"] = 4,
        ["Parsing"] = 3,
        ["Leases"] = 3,
        ["Cases"] = 2,
        ["Persistence"] = 2,
        ["Json"] = 1,
        ["Resilience"] = 1,
        ["Configuration"] = 1,
        ["Diagnostics"] = 1,
        ["Formatting"] = 1,
    };

    private static readonly FolderGraph Engine = FolderGraph.Of(typeof(CaseAction).Assembly, "CaseWorker");

    [Fact]
    public void No_arrow_of_the_engine_points_up() => Engine.FindUpwardArrows(Floors).ShouldBeEmpty();

    [Fact]
    public void No_folders_of_the_engine_use_each_other() => Engine.FindCycles().ShouldBeEmpty();

    [Fact]
    public void No_folders_of_the_web_assembly_use_each_other() =>
        FolderGraph.Of(typeof(ApiKeyHandler).Assembly, "CaseWorker.AspNetCore").OutermostFolders().FindCycles().ShouldBeEmpty();

    [Fact]
    public void No_folders_of_the_command_line_use_each_other() =>
        FolderGraph.Of(typeof(CommandRunner).Assembly, "CaseWorker.CommandLine").OutermostFolders().FindCycles().ShouldBeEmpty();

    /// <summary>The checks can fail: one wrong arrow, and both types are named.</summary>
    [Fact]
    public void A_wrong_arrow_is_found_with_both_its_types()
    {
        var sabotaged = Engine.With(new("CaseWorker.Json.JsonText", "Json", "CaseWorker.Processing.BatchProcessor", "Processing"));

        sabotaged.FindUpwardArrows(Floors).ShouldContain("Upward arrow: CaseWorker.Json.JsonText (Json) uses CaseWorker.Processing.BatchProcessor (Processing)");
        sabotaged.FindCycles().ShouldContain("In a cycle: CaseWorker.Json.JsonText (Json) uses CaseWorker.Processing.BatchProcessor (Processing)");
    }

    /// <summary>The graph is not empty: method bodies are read, not only signatures.</summary>
    [Fact]
    public void The_graph_has_the_arrows_that_are_known()
    {
        Engine.Arrows.ShouldContain(arrow => arrow.FromFolder == "Processing" && arrow.ToFolder == "Cases");
        Engine.Arrows.ShouldContain(arrow => arrow.FromFolder == "(root)" && arrow.ToFolder == "Processing");
    }
}
