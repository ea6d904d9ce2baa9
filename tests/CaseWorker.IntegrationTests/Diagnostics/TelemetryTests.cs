using System.Diagnostics.Metrics;
using System.Text;
using CaseWorker.Contracts;
using CaseWorker.IntegrationTests.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace CaseWorker.IntegrationTests.Diagnostics;

/// <summary>What a dashboard shows.</summary>
public sealed class TelemetryTests(Servers servers)
{
    [Fact]
    public async Task Commands_are_counted_by_action_and_outcome()
    {
        const int commands = 7;
        await using var workspace = await Workspace.CreateAsync(servers);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var durations = new List<double>();
        var deadLetters = 0L;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var worker = await workspace.StartWorkerAsync();
        var meters = worker.Services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, to) =>
        {
            // Other workers may run in this process.
            if (instrument.Meter.Name is "caseworker" && instrument.Meter.Scope == meters)
            {
                to.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (instrument.Name is "caseworker.command.duration")
            {
                lock (counts)
                {
                    durations.Add(value);
                }
            }
        });
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (counts)
            {
                if (instrument.Name is "caseworker.commands")
                {
                    var named = tags.ToArray().ToDictionary(tag => tag.Key, tag => (string?)tag.Value, StringComparer.Ordinal);
                    var key = $"{named["action"]} {named["outcome"]}";
                    counts[key] = counts.GetValueOrDefault(key) + value;
                }

                deadLetters += instrument.Name is "caseworker.dead_letters" ? value : 0;
                if (counts.Values.Sum() == commands && deadLetters == 1)
                {
                    all.TrySetResult();
                }
            }
        });
        listener.Start();
        var publisher = await workspace.PublisherAsync();
        var create = CommandJson.Create(4);
        await publisher.SendAsync([create, create, CommandJson.Create(4), CommandJson.Note(4, "a"), CommandJson.Note(4, "b"), CommandJson.Note(8, "nowhere"), CommandJson.Of(4, "case.close", null)]);
        await publisher.SendRawAsync([1], CaseTopology.RoutingKeyOf(0));

        await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
        counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Value} {entry.Key}").ShouldBe(
        [
            "1 case.create accepted", "1 case.create conflicted", "1 case.create repeated", "2 note.add accepted", "1 note.add rejected", "1 unknown rejected",
        ]);
        durations.Count.ShouldBe(commands + 1);
        durations.ShouldAllBe(seconds => seconds > 0);
    }

    [Fact]
    public async Task The_executable_exports_over_OTLP_where_the_standard_variables_ask_for_it()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var inbox = await workspace.InboxAsync();
        var exported = new TaskCompletionSource<(string Path, string? ContentType)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var collector = Collector(exported);
        await collector.StartAsync();
        await using var worker = WorkerProcess.CaseWorker(
            RunCommandTests.With(
                workspace,
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.Single()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_METRIC_EXPORT_INTERVAL", "200")),
            "run");
        var command = CommandJson.Create(4);
        await worker.StartedAsync();
        await (await workspace.PublisherAsync()).SendAsync(command);
        await inbox.OfAsync(command);

        var (path, contentType) = await exported.Task.WaitAsync(TimeSpan.FromSeconds(30));
        path.ShouldBe("/v1/metrics");
        contentType.ShouldBe("application/x-protobuf");
    }

    /// <summary>Completes with the first export that counts commands.</summary>
    private static WebApplication Collector(TaskCompletionSource<(string Path, string? ContentType)> exported)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/{**path}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            if (Encoding.Latin1.GetString(body.ToArray()).Contains("caseworker.commands", StringComparison.Ordinal))
            {
                exported.TrySetResult((request.Path, request.ContentType));
            }
        });
        return app;
    }
}
