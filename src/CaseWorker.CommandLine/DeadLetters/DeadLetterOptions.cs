using System.CommandLine;
using System.Globalization;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.DeadLetters;
using CaseWorker.Persistence;
using Npgsql;

namespace CaseWorker.CommandLine.DeadLetters;

/// <summary>How the commands for operators say which dead letters they mean, and who acts.</summary>
internal sealed class DeadLetterOptions
{
    private const string AllStates = "all";

    private readonly Argument<long[]> ids = new("ID") { Arity = ArgumentArity.ZeroOrMore, Description = "Dead letters by their number.", CustomParser = ArgumentParsers.DeadLetterIds };
    private readonly Option<long?> reference = new("--case") { Description = "Those of one case.", HelpName = "REF", CustomParser = argument => ArgumentParsers.CaseReference(argument) };
    private readonly Option<string?> action = new("--action") { Description = "Those of one action, such as note.add.", HelpName = "NAME" };
    private readonly Option<string?> error = new("--error") { Description = "Those whose reason or description contains this text.", HelpName = "TEXT" };
    private readonly Option<string?> reason = new("--reason") { Description = "Those with this reason, such as not-json or PostgresException.", HelpName = "WORD" };
    private readonly Option<string?> kind = new("--kind") { Description = "failed, held, unreadable, unrouted or undeliverable.", HelpName = "KIND" };
    private readonly Option<DateTimeOffset?> since = Instant("--since", "Those received at this time or later.");
    private readonly Option<DateTimeOffset?> until = Instant("--until", "Those received before this time.");
    private readonly Option<string?> state = new("--state") { Description = "open, applied, replayed, discarded or skipped; `all` for every state.", HelpName = "STATE" };

    /// <param name="command">What takes the options.</param>
    /// <param name="hasState">Whether dead letters of any state can be meant.</param>
    /// <param name="reads">Whether it only reads: in a command that changes something, --reason says why.</param>
    public DeadLetterOptions(Command command, bool hasState, bool reads = false)
    {
        kind.AcceptOnlyFromAmong([.. DeadLetterKinds.All]);
        state.AcceptOnlyFromAmong([.. DeadLetterStates.All, AllStates]);
        command.Add(ids);
        foreach (var option in (Option[])[reference, action, kind, error, since, until])
        {
            command.Add(option);
        }

        if (hasState)
        {
            command.Add(state);
        }

        if (reads)
        {
            command.Add(reason);
        }
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="defaultState">The state where none is said; null for all.</param>
    public DeadLetterQuery Read(ParseResult parsed, string? defaultState) => new()
    {
        Ids = parsed.GetValue(ids) is { Length: > 0 } numbers ? numbers : null,
        Case = parsed.GetValue(reference),
        Action = parsed.GetValue(action),
        Kind = parsed.GetValue(kind),
        Reason = parsed.GetValue(reason),
        Error = parsed.GetValue(error),
        Since = parsed.GetValue(since),
        Until = parsed.GetValue(until),
        State = parsed.GetValue(state) is { } wanted ? (wanted is AllStates ? null : wanted) : defaultState,
    };

    /// <summary>As the operators' role where its connection is set.</summary>
    public static async Task<int> WithOperationsAsync(Func<DeadLetterOperations, Task<int>> run)
    {
        await using NpgsqlDataSource database = CaseWorkerDataSource.Connect(ConnectionSettings.ReadOperator(Settings.Read()));
        return await run(new DeadLetterOperations(database));
    }

    private static Option<DateTimeOffset?> Instant(string name, string description) => new(name)
    {
        Description = $"{description} As 2026-11-23T09:30:00Z, or 90m, 12h, 3d for that long ago.",
        HelpName = "TIME",
        CustomParser = argument =>
        {
            if (PointInTime.TryParse(argument.Tokens[0].Value, TimeProvider.System.GetUtcNow(), out var time))
            {
                return time;
            }

            argument.AddError($"{name} takes a time such as 2026-11-23T09:30:00Z, or 90m, 12h, 3d.");
            return null;
        },
    };
}
