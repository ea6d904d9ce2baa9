
namespace CaseWorker.IntegrationTests.Api;

/// <summary>One worker with one case, number 5 with one note, for the tests that only look at an answer.</summary>
public sealed class SmallEnvironment(Servers servers) : IAsyncLifetime
{
    private Workspace? workspace;
    private HttpWorker? worker;

    internal Workspace Workspace => workspace!;

    internal HttpWorker Worker => worker!;

    internal HttpClient Stranger { get; private set; } = null!;

    internal HttpClient Viewer { get; private set; } = null!;

    internal HttpClient Editor { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        workspace = await Workspace.CreateAsync(servers);
        worker = await HttpWorker.StartAsync(workspace);
        await CaseReadTests.SendAsync(workspace, CommandJson.Create(5), CommandJson.Note(5, "first"));
        (Stranger, Viewer, Editor) = (await worker.ClientAsync(null), await worker.ClientAsync("viewer"), await worker.ClientAsync("editor"));
    }

    public async ValueTask DisposeAsync()
    {
        if (worker is not null)
        {
            await worker.DisposeAsync();
        }

        if (workspace is not null)
        {
            await workspace.DisposeAsync();
        }
    }
}
