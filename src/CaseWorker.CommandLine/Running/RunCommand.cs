using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using CaseWorker.Actions;
using CaseWorker.AspNetCore.Serving;
using CaseWorker.CommandLine.Formatting;
using CaseWorker.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CaseWorker.CommandLine.Running;

/// <summary><c>caseworker run</c>: the worker, until it is told to stop.</summary>
internal static class RunCommand
{
    private const string DefaultUrl = "http://127.0.0.1:8080";

    public static Command Create(CaseActionRegistry actions)
    {
        var urls = new Option<string?>("--urls") { Description = $"Where health, the API and the page for operators are served; default {DefaultUrl}, or a free port when that one is taken (environment: ASPNETCORE_URLS)." };
        var verb = new Command("run", "Runs the worker until it gets SIGTERM or Ctrl-C; then it finishes what it holds.") { urls };
        verb.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(() => RunAsync(parsed.GetValue(urls), actions, cancellationToken)));
        return verb;
    }

    private static async Task<int> RunAsync(string? urls, CaseActionRegistry actions, CancellationToken cancellationToken)
    {
        await using var app = Build(urls, builder => builder.Services.AddSingleton(actions));
        await app.RunAsync(cancellationToken);
        return 0;
    }

    /// <summary>The worker as a web application; the demo runs the same.</summary>
    public static WebApplication Build(string? urls, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "caseworker", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);

        // What holds it up the worker says itself, in a sentence, and why it does not start; they would say it sixty-six times.
        builder.Logging.AddFilter("MassTransit", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);

        // The keys that sign cookies lie in the database, whose access rights protect them; there is nothing to do about the warning.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.WebHost.UseUrls(urls ?? builder.Configuration["urls"] ?? FreeUrl());
        builder.Services.AddCaseWorker(builder.Configuration, ConnectionSettings.Read(builder.Configuration));
        builder.Services.AddCaseWorkerEndpoints();
        builder.Services.AddTelemetry(builder.Configuration);
        builder.Services.Configure<HostOptions>(options =>
        {
            options.ShutdownTimeout = TimeSpan.FromSeconds(30);

            // Health answers while the worker still waits for its database or broker.
            options.ServicesStartConcurrently = true;
        });
        configure?.Invoke(builder);

        var app = builder.Build();
        app.MapCaseWorker();
        return app;
    }

    /// <summary>Two workers on one machine must both start; only a port that somebody asked for may fail.</summary>
    private static string FreeUrl()
    {
        var wanted = new Uri(DefaultUrl);
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, wanted.Port);
            probe.Start();
            return DefaultUrl;
        }
        catch (SocketException)
        {
            return "http://127.0.0.1:0";
        }
    }
}
