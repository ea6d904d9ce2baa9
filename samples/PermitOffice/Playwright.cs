using System.Diagnostics;

namespace PermitOffice;

/// <summary>Decides which scene is next and keeps the pace.</summary>
internal sealed class Playwright(Office office, Town town, DemoTally tally)
{
    /// <summary>Commands a second: quick enough that people collide, slow enough for any laptop.</summary>
    private const double Pace = 150;

    /// <summary>When this many are not answered, nobody in the office starts anything new.</summary>
    private const int MostUnanswered = 300;

    /// <summary>After a pause of the worker, the office catches up without a rush.</summary>
    private const int MostBegunAtOnce = 10;

    /// <summary>Enough to see one; each stays as an open dead letter.</summary>
    private const int MostBroken = 3;

    private const int PermitsAtStart = 40;

    private readonly List<Task> playing = [];

    /// <summary>Plays until the time is over or somebody ends it, and then until every scene has come to its end.</summary>
    /// <param name="length">How long scenes are begun.</param>
    /// <param name="patience">How long the last ones may take.</param>
    /// <param name="end">Ends it early.</param>
    /// <returns>Whether every scene came to its end.</returns>
    public async Task<bool> PlayAsync(TimeSpan length, TimeSpan patience, CancellationToken end)
    {
        await Task.WhenAll(Enumerable.Range(0, PermitsAtStart).Select(_ => Open())).WaitAsync(patience, end);
        var started = Stopwatch.GetTimestamp();
        var sentBefore = tally.SentCount;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!end.IsCancellationRequested && Stopwatch.GetElapsedTime(started) is var now && now < length)
        {
            // Scenes that are going on send too; a broken message counts as nothing, but there are few.
            for (var begun = 0; begun < MostBegunAtOnce && tally.BatchDispatcher < MostUnanswered && tally.SentCount - sentBefore < now.TotalSeconds * Pace; begun++)
            {
                playing.Add(Next());
            }

            playing.RemoveAll(scene => scene.IsCompletedSuccessfully);
            if (playing.Find(scene => scene.IsFaulted) is { } failed)
            {
                await failed;
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        return await EndedWithinAsync(patience);
    }

    private async Task<bool> EndedWithinAsync(TimeSpan patience)
    {
        try
        {
            await Task.WhenAll(playing).WaitAsync(patience);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Task Next()
    {
        var (one, other) = town.TwoClerks();
        var permit = town.PickPermit();
        return town.Chance(100) switch
        {
            < 6 => Open(),
            < 36 => office.EditAsync(one, permit, town.NewEntry()),
            < 46 => office.CollideAsync(one, other, permit, town.NewEntry(), town.NewEntry()),
            < 76 => office.NoteAsync(one, permit, town.NewRemark()),
            < 85 => office.ScanTwiceAsync(permit),
            < 94 => office.SaveUnchangedAsync(one, permit),
            < 99 => office.MistakeAsync(one, permit, town.NewEntry(), isTypingError: town.Chance(2) == 0),
            _ when tally.Broken.Count < MostBroken => office.BreakAsync(permit),
            _ => office.NoteAsync(one, permit, town.NewRemark()),
        };
    }

    private Task Open()
    {
        var (clerk, _) = town.TwoClerks();
        var (permit, form) = town.NewApplication();
        return office.OpenAsync(clerk, permit, form);
    }
}
