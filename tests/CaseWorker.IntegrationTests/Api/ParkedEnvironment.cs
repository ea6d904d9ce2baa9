using System.Net;
using System.Text.Json.Nodes;

namespace CaseWorker.IntegrationTests.Api;

/// <summary>A worker with case 4, parked behind a poisoned note; and three who look after it.</summary>
internal sealed class ParkedEnvironment : IAsyncDisposable
{
    private ParkedEnvironment(Workspace workspace, HttpWorker worker) => (Workspace, Worker) = (workspace, worker);

    public Workspace Workspace { get; }

    public HttpWorker Worker { get; }

    public required HttpClient Viewer { get; init; }

    public required HttpClient Operator { get; init; }

    public required HttpClient Editor { get; init; }

    /// <param name="servers">Where.</param>
    /// <param name="held">The notes that wait behind the poisoned one.</param>
    /// <param name="settings">Of the worker.</param>
    public static async Task<ParkedEnvironment> StartAsync(Servers servers, string[] held, params (string Name, string Value)[] settings)
    {
        var workspace = await Workspace.CreateAsync(servers);
        await workspace.DeclareQueuesAsync();
        await Poison.AddAsync(workspace);
        var worker = await HttpWorker.StartAsync(workspace, settings);
        var publisher = await workspace.PublisherAsync();
        await publisher.SendAsync([CommandJson.Create(4), Poison.Note(4), .. held.Select(text => CommandJson.Note(4, text))]);
        await workspace.UntilAsync("SELECT count(*) FROM dead_letters", count => count == held.Length + 1);
        return new ParkedEnvironment(workspace, worker)
        {
            Viewer = await worker.ClientAsync("viewer"),
            Operator = await worker.ClientAsync("operator"),
            Editor = await worker.ClientAsync("editor"),
        };
    }

    public static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        return await client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    public static async Task<JsonObject> PostAsync(HttpClient client, string path, string json, HttpStatusCode status)
    {
        using var response = await PostAsync(client, path, json);
        return await response.JsonAsync(status);
    }

    /// <summary>A post that is refused.</summary>
    public static async Task<JsonObject> RefusedAsync(HttpClient client, string path, string json, HttpStatusCode status, string reason)
    {
        using var response = await PostAsync(client, path, json);
        return await response.ProblemAsync(status, reason);
    }

    public Task<long> OpenAsync() => Workspace.CountAsync("dead_letters WHERE state = 'open'");

    /// <summary>The newest entry of the audit, as a viewer reads it.</summary>
    public async Task<JsonObject> LastEntryAsync() => (await Viewer.JsonAsync("/audit?limit=1"))["entries"]![0]!.AsObject();

    public async ValueTask DisposeAsync()
    {
        await Worker.DisposeAsync();
        await Workspace.DisposeAsync();
    }
}
