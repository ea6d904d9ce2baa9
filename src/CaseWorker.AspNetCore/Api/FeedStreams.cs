using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CaseWorker.AspNetCore.Diagnostics;
using CaseWorker.Contracts;
using CaseWorker.Persistence;
using CaseWorker.Queries;
using CaseWorker.Resilience;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CaseWorker.AspNetCore.Api;

/// <summary>
/// The feed as server-sent events. A stream holds a page of its own at most, and no database connection while it writes or waits: one that
/// reads slowly gets its next page later. The result <c>TypedResults.ServerSentEvents</c> cannot write comments, and a heartbeat that is an event would be
/// read as one by clients that look at <c>data</c> lines only. The platform's formatter writes the id after the data; clients that read line by line rely on the
/// id before it. So the stream is written here.
/// </summary>
internal sealed class FeedStreams(EventFeed feed, FeedNotifier signal, ApiKeyTable keys, IHostApplicationLifetime lifetime, TimeProvider time, IOptions<JsonOptions> json, ILogger<FeedStreams> log) : IDisposable
{
    /// <summary>Streams that may be open at one worker.</summary>
    public const int Limit = 200;

    private const int PageEvents = 100;
    private const int PageBytes = 256 * 1024;

    /// <summary>Streams that may read at the same time: the worker's own batches need connections too.</summary>
    private const int Readers = 4;

    /// <summary>How long a stream is silent before it says that it is alive, and how often its key is looked at again.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>A reader that has everything rests so long, however often the others are told of something new.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(25);

    private readonly SemaphoreSlim readers = new(Readers);
    private int open;

    /// <exception cref="ProblemException">Too many streams are open.</exception>
    public async Task ServeAsync(HttpContext context, long after)
    {
        try
        {
            if (Interlocked.Increment(ref open) > Limit)
            {
                throw new ProblemException(Problem.Of(
                    StatusCodes.Status503ServiceUnavailable, "too-many-streams", "Too many streams are open", FormattableString.Invariant($"This worker has {Limit} open streams. Read the feed page by page, or come again later.")));
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await StreamAsync(context, after, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader is gone, or the worker stops: it goes on elsewhere after the last event that it has.
        }
        catch (FeedPositionException) when (context.Response.HasStarted)
        {
            // The database was restored meanwhile: the reader is told when it resumes.
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }

    public void Dispose() => readers.Dispose();

    private async Task StreamAsync(HttpContext context, long after, CancellationToken end)
    {
        await WriteAsync(context, "retry: 1000\n: the feed of events\n\n"u8.ToArray(), end);
        var looked = time.GetTimestamp();
        while (true)
        {
            var news = signal.Next;
            if (time.GetElapsedTime(looked) >= Heartbeat)
            {
                if (!await MayStayAsync(context, end))
                {
                    return;
                }

                looked = time.GetTimestamp();
                await WriteAsync(context, ": alive\n\n"u8.ToArray(), end);
            }

            if (await ReadAsync(after, end) is { Events.Count: > 0 } page)
            {
                await WriteAsync(context, Written(page), end);
                after = page.After;
                if (page.HasMore)
                {
                    continue;
                }
            }

            await Task.Delay(Rest, time, end);
            await news.WaitAsync(Heartbeat, time, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            end.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Null if the feed cannot be read, for whatever reason: the stream stays open and tries again with the next signal.</summary>
    private async Task<FeedPage?> ReadAsync(long after, CancellationToken end)
    {
        await readers.WaitAsync(end);
        try
        {
            return await feed.ReadAsync(after, PageEvents, PageBytes, end);
        }
        catch (Exception error) when (error is not FeedPositionException && !end.IsCancellationRequested)
        {
            log.FeedNotRead(error.GetBaseException().Message);
            return null;
        }
        finally
        {
            readers.Release();
        }
    }

    /// <summary>A key that was revoked loses its streams too.</summary>
    private async Task<bool> MayStayAsync(HttpContext context, CancellationToken end)
    {
        try
        {
            return await keys.IsGoodAsync(context.User.FindFirst(ApiKey.IdClaim)?.Value ?? "", end);
        }
        catch (Exception error) when (FailurePolicy.IsTransient(error) && !end.IsCancellationRequested)
        {
            // Nothing can be read either.
            return true;
        }
    }

    private byte[] Written(FeedPage page)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        foreach (var feedEvent in page.Events)
        {
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {feedEvent.GlobalNonce}\nevent: case-event\ndata: "), buffer);
            buffer.Write(JsonSerializer.SerializeToUtf8Bytes(feedEvent, json.Value.SerializerOptions));
            buffer.Write("\n\n"u8);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static async Task WriteAsync(HttpContext context, byte[] text, CancellationToken end)
    {
        await context.Response.Body.WriteAsync(text, end);
        await context.Response.Body.FlushAsync(end);
    }
}
