using System.Text;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using Shouldly;

namespace CaseWorker.UnitTests;

/// <summary>Commands as producers write them, and what the reader makes of them.</summary>
internal static class ParsedCommands
{
    public const string Id = "9f677f53-0a93-4a43-a5ec-1ec202813a47";

    private static readonly (string Name, string? Raw)[] Create =
    [
        ("commandId", $"\"{Id}\""), ("caseReference", "\"42\""), ("action", "\"case.create\""), ("body", "{}"),
    ];

    public static CaseActionSet Actions { get; } = new(CaseActionSet.BuiltIn);

    public static CommandReader Reader { get; } = new(Actions, CaseTopology.SlotCount);

    /// <summary>A valid <c>case.create</c> with these fields set to raw JSON instead; null leaves one out.</summary>
    public static string Json(params (string Name, string? Raw)[] changes)
    {
        var fields = Create.Where(field => !Array.Exists(changes, change => string.Equals(change.Name, field.Name, StringComparison.Ordinal))).Concat(changes);
        return "{" + string.Join(',', fields.Where(field => field.Raw is not null).Select(field => $"\"{field.Name}\":{field.Raw}")) + "}";
    }

    public static string WithBody(string body) => Json(("body", body));

    /// <summary>A <c>case.replace</c> proposing version 2, changed like <see cref="Json"/>.</summary>
    public static string Replace(params (string Name, string? Raw)[] changes)
    {
        (string Name, string? Raw)[] replace = [("action", "\"case.replace\""), ("proposedVersion", "2")];
        return Json([.. replace.Where(field => !Array.Exists(changes, change => string.Equals(change.Name, field.Name, StringComparison.Ordinal))), .. changes]);
    }

    public static ParseResult Read(string json, bool isEnvelope = false, int? slot = null) => Read(Encoding.UTF8.GetBytes(json), isEnvelope, slot);

    public static ParseResult Read(byte[] message, bool isEnvelope = false, int? slot = null) =>
        Reader.Read(message, isEnvelope, slot);

    public static Command Parsed(string json) => Read(json).ShouldBeOfType<ParseResult.Parsed>().Command;

    public static Command Valid(string json)
    {
        var command = Parsed(json);
        command.Errors.ShouldBeEmpty();
        return command;
    }

    public static IReadOnlyList<FieldError> Errors(string json) => Parsed(json).Errors;

    /// <summary>The one thing that is wrong.</summary>
    public static FieldError Error(string json) => Errors(json).ShouldHaveSingleItem();

    public static ParseResult.Malformed Unreadable(string json) => Read(json).ShouldBeOfType<ParseResult.Malformed>();
}
