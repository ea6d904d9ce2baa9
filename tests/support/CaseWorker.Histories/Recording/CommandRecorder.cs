using System.Text.Json.Nodes;

namespace CaseWorker.Histories.Recording;

/// <summary>
/// One publisher, that writes down what the broker confirmed. What lost its confirm it publishes again, in its order, until it has one:
/// a queue keeps the order of a channel, so that a repeat never overtakes what was behind it.
/// </summary>
/// <param name="workspace">Its broker.</param>
/// <param name="commands">In the order in which they are to be queued.</param>
internal sealed class CommandRecorder(Workspace workspace, IReadOnlyList<Planned> commands)
{
    /// <summary>Commands that wait for their confirms at the same time.</summary>
    private const int Window = 100;

    private int confirmed;

    /// <summary>The first so many commands are confirmed.</summary>
    public int Confirmed => Volatile.Read(ref confirmed);

    /// <summary>How many different command ids those have.</summary>
    public int DistinctConfirmed { get; private set; }

    public IReadOnlyList<Planned> Commands => commands;

    /// <param name="pace">Awaited before each window; holds back a publisher that is too far ahead.</param>
    /// <param name="limit">Ends it where it is.</param>
    public async Task RunAsync(Func<Task> pace, CancellationToken limit)
    {
        Publisher? publisher = null;
        var ids = new HashSet<Guid>();
        try
        {
            foreach (var window in commands.Chunk(Window))
            {
                await pace();
                IReadOnlyList<JsonObject> left = [.. window.Select(planned => planned.Command)];
                while (left.Count > 0)
                {
                    if (publisher is not { IsOpen: true })
                    {
                        await (publisher?.DisposeAsync() ?? ValueTask.CompletedTask);
                        publisher = await Retry.RunAsync(() => Publisher.ConnectAsync(workspace), limit);
                    }

                    left = await SendAsync(publisher, left);
                }

                Volatile.Write(ref confirmed, confirmed + window.Length);
                ids.UnionWith(window.Select(planned => CommandJson.IdOf(planned.Command)));
                DistinctConfirmed = ids.Count;
            }
        }
        finally
        {
            await (publisher?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    /// <returns>Those without a confirm.</returns>
    private static async Task<IReadOnlyList<JsonObject>> SendAsync(Publisher publisher, IReadOnlyList<JsonObject> window)
    {
        var sending = window.Select(command => (Command: command, Confirm: TryAsync(publisher, command))).ToList();
        await Task.WhenAll(sending.Select(planned => planned.Confirm));
        return [.. sending.Where(planned => !planned.Confirm.Result).Select(planned => planned.Command)];
    }

    private static async Task<bool> TryAsync(Publisher publisher, JsonObject command)
    {
        var sending = publisher.SendAsync(command);
        await Task.WhenAny(sending, publisher.Lost);
        return sending.IsCompletedSuccessfully;
    }
}
