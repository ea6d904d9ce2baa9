using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using CaseWorker.Formatting;
using Spectre.Console;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>Says at the end what was published and what became of it.</summary>
internal static class PublishReport
{
    private const int RefusalLength = 600;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>One JSON object; without <c>--wait</c> it has no counts of outcomes.</summary>
    public static void WriteJson(OutcomeSummary sum, bool waited) => System.Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            published = sum.Published,
            skipped = sum.Skipped,
            accepted = waited ? sum.Accepted : (long?)null,
            unchanged = waited ? sum.Unchanged : (long?)null,
            notes = waited ? sum.Notes : (long?)null,
            ownActions = waited ? sum.OwnActions : null,
            conflicted = waited ? sum.Conflicted.Values.Sum() : (long?)null,
            conflictedBecause = waited ? sum.Conflicted : null,
            rejected = waited ? sum.Rejected.Values.Sum() : (long?)null,
            rejectedBecause = waited ? sum.Rejected : null,
            refusals = waited ? sum.Refusals : null,
            duplicates = waited ? sum.Duplicates : (long?)null,
            missing = waited ? sum.Missing : (long?)null,
            publishedSeconds = Math.Round(sum.Publishing.TotalSeconds, 3),
            seconds = Math.Round(sum.Elapsed.TotalSeconds, 3),
        },
        Json));

    public static void WritePublished(OutcomeSummary sum) =>
        System.Console.WriteLine($"Published {Numbers.Of(sum.Published, "command")} in {Numbers.Seconds(sum.Publishing)} ({Numbers.Rate(sum.Published, sum.Publishing)}). `--wait` would tell what becomes of them.");

    public static void WriteTable(OutcomeSummary sum)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned()).AddColumn("");
        void Row(string name, long count, string remark = "") => table.AddRow(SafeMarkup.Of(name), Numbers.Count(count), SafeMarkup.Of(remark));

        Row("published", sum.Published, $"in {Numbers.Seconds(sum.Publishing)}, {Numbers.Rate(sum.Published, sum.Publishing)}");
        Row("answered", sum.Published - sum.Missing, AnsweredRemark(sum));
        Row("accepted", sum.Accepted);
        Row("  changed", sum.Changed, "the case's JSON is different now");
        Row("  unchanged", sum.Unchanged, "recorded, but the JSON was the same before");
        Row("  notes", sum.Notes, "beside the JSON");
        foreach (var (action, count) in sum.OwnActions)
        {
            Row($"  {SafeText.OneLine(action, 40)}", count);
        }

        WriteRefused(sum, Row);
        Row("duplicates", sum.Duplicates, "answered with their original outcome");
        if (sum.Missing > 0)
        {
            Row("missing", sum.Missing, "no outcome");
        }

        CommandRunner.Out.Write(table);
    }

    /// <summary>A line for each command that was not accepted: id, case, path and message.</summary>
    public static IEnumerable<string> RefusalLines(OutcomeSummary sum)
    {
        foreach (var refusal in sum.Refusals)
        {
            yield return SafeText.OneLine($"{refusal.Outcome}: command {refusal.CommandId}, case {refusal.CaseReference}: {ErrorsOf(refusal)}", RefusalLength);
        }

        var more = sum.Conflicted.Values.Sum() + sum.Rejected.Values.Sum() - sum.Refusals.Count;
        if (more > 0)
        {
            yield return $"… and {Numbers.Count(more)} more. --outcomes FILE writes all outcomes.";
        }
    }

    private static string ErrorsOf(Refusal refusal) => refusal.Errors.Count == 0
        ? refusal.Reason
        : string.Join(" ", refusal.Errors.Select(error => error.Path.Length == 0 ? error.Message : $"{error.Path}: {error.Message}"));

    private static string AnsweredRemark(OutcomeSummary sum) => sum.Missing == 0
        ? $"all outcomes after {Numbers.Seconds(sum.Elapsed)}, {Numbers.Rate(sum.Published, sum.Elapsed)}"
        : $"until it gave up after {Numbers.Seconds(sum.Elapsed)}";

    private static void WriteRefused(OutcomeSummary sum, Action<string, long, string> row)
    {
        row("conflicted", sum.Conflicted.Values.Sum(), "");
        foreach (var (reason, count) in sum.Conflicted)
        {
            row($"  {SafeText.OneLine(reason, 40)}", count, Explain(reason));
        }

        row("rejected", sum.Rejected.Values.Sum(), "");
        foreach (var (reason, count) in sum.Rejected)
        {
            row($"  {SafeText.OneLine(reason, 40)}", count, "");
        }
    }

    public static string Missing(OutcomeSummary sum, string why) =>
        $"{why} {Numbers.Of(sum.Missing, "command")} {(sum.Missing == 1 ? "has" : "have")} no outcome, for example {string.Join(", ", sum.MissingIds.Take(3))}.\n"
        + (sum.Parked > 0 ? $"{Numbers.Count(sum.Parked)} of them wait behind a dead letter of their case.\n" : "")
        + $"Does a worker run (`{ProgramName.Value} check`)? Are they dead letters (`{ProgramName.Value} dead list`)? What no worker has taken stays with the broker; publishing it again is safe.";

    private static string Explain(string reason) => reason switch
    {
        Contracts.ConflictReasons.Version => "somebody else had changed the JSON first",
        Contracts.ConflictReasons.Nonce => "somebody else had added an event first",
        Contracts.ConflictReasons.CaseExists => "the case was there already",
        _ => "",
    };
}
