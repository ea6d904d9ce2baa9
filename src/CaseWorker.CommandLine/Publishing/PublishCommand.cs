using System.CommandLine;
using CaseWorker.CommandLine.Formatting;

namespace CaseWorker.CommandLine.Publishing;

/// <summary><c>caseworker publish</c>: commands from a file to the broker and, on demand, what became of them.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A file with one command per line, as JSON; - is standard input." };
        var wait = new Option<bool>("--wait") { Description = "Waits until every command has its outcome and sums them up." };
        var outcomes = new Option<string?>("--outcomes") { Description = "With --wait: writes every outcome to this file, one JSON object per line.", HelpName = "FILE" };
        var timeout = new Option<double>("--timeout") { Description = "With --wait: the seconds without any outcome after which to give up.", DefaultValueFactory = _ => 60, CustomParser = ArgumentParsers.Seconds("--timeout", 86_400), HelpName = "seconds" };
        var skip = new Option<bool>("--skip-unreadable") { Description = "Leaves out lines that have no usable command id and case reference, instead of publishing nothing." };
        var json = new Option<bool>("--json") { Description = "Prints the summary as one JSON object." };
        var verb = new Command(
            "publish",
            """
            Publishes case commands in the order of their lines, each to the queue of its case.

            A line is one command, a JSON object: commandId (a UUID), caseReference, action and body; proposedVersion or
            proposedNonce for changes; actor, correlationId and issuedAt where they are known.

            Publishing a file again is safe: a command id has one effect, and every repeat gets the original outcome.
            Exit code: 0 all published (with --wait: all answered and none rejected), 1 some not, 2 it could not run.
            """)
        { file, wait, outcomes, timeout, skip, json };
        verb.Validators.Add(result =>
        {
            if (result.GetResult(outcomes) is not null && !result.GetValue(wait))
            {
                result.AddError("--outcomes needs --wait.");
            }
        });
        verb.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => new PublishRun(
            new PublishOptions(parsed.GetRequiredValue(file), parsed.GetValue(wait), parsed.GetValue(outcomes), TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(skip), parsed.GetValue(json)),
            TimeProvider.System,
            cancellationToken).RunAsync()));
        return verb;
    }
}

/// <summary>What the user asked for.</summary>
/// <param name="File">A path, or - for standard input.</param>
/// <param name="Wait">Whether to wait for the outcomes.</param>
/// <param name="Outcomes">A path for every outcome as JSON lines.</param>
/// <param name="Timeout">The longest silence.</param>
/// <param name="SkipUnreadable">Whether lines that cannot be routed are left out.</param>
/// <param name="Json">Whether a program reads the summary.</param>
internal sealed record PublishOptions(string File, bool Wait, string? Outcomes, TimeSpan Timeout, bool SkipUnreadable, bool Json);
