using System.Text.Json;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>What the worker's HTTP API says about cases, told from the workspace's database: as small as a reader needs it, and with faults on demand.</summary>
internal sealed class CaseApi : IAsyncDisposable
{
    public const string Key = "cwk_reader";

    private readonly WebApplication app;
    private readonly NpgsqlDataSource database;
    private int failing;

    private CaseApi(Workspace workspace)
    {
        database = workspace.Database;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        app = builder.Build();
        app.Use(GuardAsync);
        app.MapGet("/cases/{reference:long}", FindAsync);
        app.MapGet("/cases/{reference:long}/events", EventsAsync);
    }

    public Uri Address => new(app.Urls.Single());

    /// <summary>Readings that were answered.</summary>
    public int Answered { get; private set; }

    public static async Task<CaseApi> StartAsync(Workspace workspace)
    {
        var api = workspace.Own(new CaseApi(workspace));
        await api.app.StartAsync();
        return api;
    }

    /// <summary>The next readings are answered with 503.</summary>
    public void FailNext(int times) => failing = times;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.Authorization != $"Bearer {Key}")
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else if (Interlocked.Decrement(ref failing) >= 0)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        else
        {
            await next(context);
            Answered++;
        }
    }

    private async Task<IResult> FindAsync(long reference)
    {
        await using var command = database.CreateCommand("SELECT version, nonce, created_at, updated_at, json_blob::text FROM case_data WHERE reference = $1");
        command.Parameters.AddWithValue(reference);
        await using var row = await command.ExecuteReaderAsync();
        if (!await row.ReadAsync())
        {
            return Results.Problem(type: "urn:caseworker:problem:case-not-found", statusCode: StatusCodes.Status404NotFound);
        }

        return Results.Json(new CaseSnapshot
        {
            CaseReference = reference,
            Version = row.GetInt64(0),
            Nonce = row.GetInt64(1),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(2),
            UpdatedAt = row.GetFieldValue<DateTimeOffset>(3),
            Blob = JsonSerializer.Deserialize<JsonElement>(row.GetString(4)),
        });
    }

    private async Task<IResult> EventsAsync(long reference, long after, int limit)
    {
        await using var command = database.CreateCommand("""
            SELECT global_nonce, nonce, version, changed, action, command_id, correlation_id, actor, recorded_at, body::text
            FROM case_events WHERE case_reference = $1 AND nonce > $2 ORDER BY nonce LIMIT $3
            """);
        command.Parameters.AddWithValue(reference);
        command.Parameters.AddWithValue(after);
        command.Parameters.AddWithValue(limit);
        await using var row = await command.ExecuteReaderAsync();
        var events = new List<FeedEvent>();
        while (await row.ReadAsync())
        {
            events.Add(new FeedEvent
            {
                GlobalNonce = row.GetInt64(0),
                CaseReference = reference,
                Nonce = row.GetInt64(1),
                Version = row.GetInt64(2),
                Changed = row.GetBoolean(3),
                Action = row.GetString(4),
                CommandId = row.GetGuid(5),
                OutcomeId = OutcomeComposer.OutcomeIdOf(row.GetGuid(5)),
                CorrelationId = await row.IsDBNullAsync(6) ? null : row.GetString(6),
                Actor = await row.IsDBNullAsync(7) ? null : row.GetString(7),
                RecordedAt = row.GetFieldValue<DateTimeOffset>(8),
                Body = JsonSerializer.Deserialize<JsonElement>(row.GetString(9)),
            });
        }

        return Results.Json(new FeedPage(events, events.Count > 0 ? events[^1].Nonce : after, events.Count == limit));
    }
}
