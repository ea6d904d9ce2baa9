namespace CaseWorker.Histories.Recording;

/// <summary>
/// Reads the log by global nonce while it grows, as a projection would: always from the last number that it has seen. What becomes
/// visible late, below that number, it never sees.
/// </summary>
internal sealed class LiveReader : IAsyncDisposable
{
    private readonly Workspace workspace;
    private readonly CancellationTokenSource ended = new();
    private readonly List<SeenEvent> seen = [];
    private readonly TaskCompletionSource firstSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task running;

    public LiveReader(Workspace workspace)
    {
        this.workspace = workspace;
        running = RunAsync();
    }

    /// <summary>Completes with the first event.</summary>
    public Task FirstSeen => firstSeen.Task;

    /// <summary>All that it saw, after a last look; to be called when nobody writes any more.</summary>
    public async Task<IReadOnlyList<SeenEvent>> CompleteAsync(CancellationToken limit)
    {
        await ended.CancelAsync();
        await running;
        await Retry.RunAsync(ReadAsync, limit);
        return seen;
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await running;
        ended.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                await Retry.RunAsync(ReadAsync, ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }

    private async Task<bool> ReadAsync()
    {
        await using var command = workspace.Database.CreateCommand("SELECT global_nonce, command_id FROM case_events WHERE global_nonce > $1 ORDER BY global_nonce");
        command.Parameters.AddWithValue(seen.Count == 0 ? 0L : seen[^1].GlobalNonce);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            seen.Add(new SeenEvent(reader.GetInt64(0), reader.GetGuid(1)));
            firstSeen.TrySetResult();
        }

        return true;
    }
}
