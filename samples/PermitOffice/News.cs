using System.Diagnostics;
using System.Globalization;
using CaseWorker.Formatting;

namespace PermitOffice;

/// <summary>
/// Tells a few of the many things that happen, in words and slowly enough to be read: a story is told whole or not at all.
/// </summary>
/// <param name="between">The least time between two stories; zero tells only the first of each kind.</param>
/// <param name="print">Told each line as it comes; for where nothing is redrawn.</param>
internal sealed class News(TimeSpan between, Action<string>? print)
{
    private const int Kept = 40;

    private readonly Lock gate = new();
    private readonly LinkedList<string> lines = [];
    private readonly Dictionary<string, long> toldAt = new(StringComparer.Ordinal);
    private long lastTold;

    public IReadOnlyList<string> Last(int count)
    {
        lock (gate)
        {
            // A story whose beginning has scrolled away would not be understood.
            return [.. lines.TakeLast(count).SkipWhile(line => line.StartsWith(' '))];
        }
    }

    /// <param name="kind">What sort of story; the sorts take turns.</param>
    /// <param name="story">Its lines.</param>
    public void Tell(string kind, params string[] story)
    {
        lock (gate)
        {
            var isNew = !toldAt.TryGetValue(kind, out var before);
            if (between == TimeSpan.Zero ? !isNew : Stopwatch.GetElapsedTime(lastTold) < between || (!isNew && Stopwatch.GetElapsedTime(before) < between * 5))
            {
                return;
            }

            toldAt[kind] = lastTold = Stopwatch.GetTimestamp();
            var clock = DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
            foreach (var line in story.Select((text, i) => $"{(i == 0 ? clock : "        ")}  {SafeText.OneLine(text, 300)}"))
            {
                lines.AddLast(line);
                print?.Invoke(line);
            }

            while (lines.Count > Kept)
            {
                lines.RemoveFirst();
            }
        }
    }
}
