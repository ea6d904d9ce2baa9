using CaseWorker.CommandLine.Formatting;
using CaseWorker.Formatting;
using Spectre.Console;

namespace CaseWorker.CommandLine.Publishing;

/// <summary>Shows on standard error how far a run is: bars in a terminal, a plain line now and then elsewhere.</summary>
internal sealed class PublishProgress(long? total, Func<(long Published, long? Answered)> look, TimeProvider time)
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(3);
    private readonly long started = time.GetTimestamp();

    /// <summary>Returns, or fails, as the work does.</summary>
    public async Task ShowAsync(Task work)
    {
        var console = CommandRunner.Error;
        if (console.Profile.Capabilities.Interactive)
        {
            await console.Progress().AutoClear(true)
                .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn())
                .StartAsync(context => DrawAsync(context, work));
        }
        else
        {
            await WriteLinesAsync(work);
        }

        await work;
    }

    private async Task DrawAsync(ProgressContext context, Task work)
    {
        var publishing = context.AddTask("published", maxValue: total ?? 1);
        var answering = look().Answered is null ? null : context.AddTask("answered", maxValue: total ?? 1);
        while (!work.IsCompleted)
        {
            var (published, answered) = look();
            Draw(publishing, "published", published, total);
            if (answering is not null)
            {
                Draw(answering, "answered ", answered ?? 0, total ?? published);
            }

            await Task.WhenAny(work, Task.Delay(Redraw, time));
        }
    }

    private void Draw(ProgressTask task, string verb, long count, long? of)
    {
        task.IsIndeterminate = of is null;
        task.MaxValue = Math.Max(1, of ?? 1);
        task.Value = of is null ? 0 : count;
        task.Description = $"{verb} {Numbers.Count(count),9}  {Numbers.Rate(count, time.GetElapsedTime(started)),9}";
    }

    private async Task WriteLinesAsync(Task work)
    {
        while (await Task.WhenAny(work, Task.Delay(BetweenLines, time)) != work)
        {
            var (published, answered) = look();
            var elapsed = time.GetElapsedTime(started);
            await System.Console.Error.WriteLineAsync(
                $"published {Numbers.Count(published)}{(total is { } all ? $" of {Numbers.Count(all)}" : "")} ({Numbers.Rate(published, elapsed)})"
                + (answered is { } count ? $", answered {Numbers.Count(count)} ({Numbers.Rate(count, elapsed)})" : ""));
        }
    }
}
