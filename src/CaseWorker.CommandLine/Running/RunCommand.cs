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

/// <summary><c>caseworker run</c>: the worker, until SIGTERM or Ctrl-C.</summary>
internal static class RunCommand
{
    private const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>ASP.NET Core's own settings for an address.</summary>
    private static readonly string[] AddressSettings = ["urls", "http_ports", "https_ports"];

    public static Command Create(WebApplication app)
    {
        var urls = new Option<string?>("--urls") { Description = $"Where health, the API and the dashboard are served; default {DefaultUrl}, or a free port if that one is taken (environment: ASPNETCORE_URLS)." };
        var command = new Command("run", "Runs the worker until SIGTERM or Ctrl-C, then finishes the commands in progress.") { urls };
        command.SetAction((parsed, cancellationToken) => CommandRunner.GuardAsync(async () =>
        {
            ChooseUrl(app, parsed.GetValue(urls));
            await RunAsync(app, cancellationToken);
            return CommandRunner.Ok;
        }));
        return command;
    }

    /// <summary>
    /// Starts the worker and waits for its end. The host disposes services that it has started when its start is interrupted or fails; they are
    /// stopped here first, so that slots and commands are given back.
    /// </summary>
    private static async Task RunAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception error)
        {
            var isStop = app.Lifetime.ApplicationStopping.IsCancellationRequested || cancellationToken.IsCancellationRequested;
            if (app.Services.GetRequiredService<HostStart>().HasBegun)
            {
                await app.StopAsync(CancellationToken.None);
            }

            if (isStop && CommandRunner.IsStop(error))
            {
                return;
            }

            throw;
        }

        await app.WaitForShutdownAsync(cancellationToken);
    }

    /// <summary>The option wins; an address from the configuration stays; else the default.</summary>
    private static void ChooseUrl(WebApplication app, string? wanted)
    {
        if (wanted is not null)
        {
            app.Urls.Clear();
            foreach (var url in wanted.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                app.Urls.Add(url);
            }
        }
        else if (AddressSettings.All(setting => app.Configuration[setting] is null) && !app.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any())
        {
            app.Urls.Add(FreeUrl());
        }
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
