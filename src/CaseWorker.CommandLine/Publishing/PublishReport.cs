using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using Spectre.Console;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>Says at the end what was published and what became of it.</summary>
internal static class PublishReport
{
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
            conflicted = waited ? sum.Conflicted.Values.Sum() : (long?)null,
            conflictedBecause = waited ? sum.Conflicted : null,
            rejected = waited ? sum.Rejected.Values.Sum() : (long?)null,
            rejectedBecause = waited ? sum.Rejected : null,
            duplicates = waited ? sum.Duplicates : (long?)null,
            missing = waited ? sum.Missing : (long?)null,
            seconds = Math.Round(sum.Elapsed.TotalSeconds, 3),
        },
        Json));

    public static void WritePublished(OutcomeSummary sum) =>
        System.Console.WriteLine($"Published {Numbers.Of(sum.Published, "command")} in {Numbers.Seconds(sum.Elapsed)} ({Numbers.Rate(sum.Published, sum.Elapsed)}). `--wait` would tell what becomes of them.");

    public static void WriteTable(OutcomeSummary sum)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned()).AddColumn("");
        void Row(string name, long count, string remark = "") => table.AddRow(SafeMarkup.Of(name), Numbers.Count(count), SafeMarkup.Of(remark));

        Row("published", sum.Published, $"in {Numbers.Seconds(sum.Elapsed)}, {Numbers.Rate(sum.Published, sum.Elapsed)}");
        Row("accepted", sum.Accepted);
        Row("  changed", sum.Accepted - sum.Unchanged - sum.Notes, "the case's JSON is different now");
        Row("  unchanged", sum.Unchanged, "recorded, but the JSON was the same before");
        Row("  notes", sum.Notes, "beside the JSON");
        Row("conflicted", sum.Conflicted.Values.Sum());
        foreach (var (reason, count) in sum.Conflicted)
        {
            Row($"  {SafeText.OneLine(reason, 40)}", count, Explain(reason));
        }

        Row("rejected", sum.Rejected.Values.Sum());
        foreach (var (reason, count) in sum.Rejected)
        {
            Row($"  {SafeText.OneLine(reason, 40)}", count);
        }

        Row("duplicates", sum.Duplicates, "answered with their original outcome");
        if (sum.Missing > 0)
        {
            Row("missing", sum.Missing, "no outcome");
        }

        CommandRunner.Out.Write(table);
    }

    public static string Missing(OutcomeSummary sum, string why) =>
        $"{why} {Numbers.Of(sum.Missing, "command")} {(sum.Missing == 1 ? "has" : "have")} no outcome, for example {string.Join(", ", sum.MissingIds.Take(3))}.\n"
        + (sum.Parked > 0 ? $"{Numbers.Count(sum.Parked)} of them wait behind a dead letter of their case.\n" : "")
        + "Does a worker run (`caseworker check`)? Are they dead letters (`caseworker dead list`)? What no worker has taken stays with the broker; publishing it again is safe.";

    private static string Explain(string reason) => reason switch
    {
        Contracts.ConflictReasons.Version => "somebody else had changed the JSON first",
        Contracts.ConflictReasons.Nonce => "somebody else had added an event first",
        Contracts.ConflictReasons.CaseExists => "the case was there already",
        _ => "",
    };
}
