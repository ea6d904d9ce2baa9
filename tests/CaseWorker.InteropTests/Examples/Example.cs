using System.Text.Json;

namespace CaseWorker.InteropTests.Examples;

/// <summary>The producer and the subscriber of docs/examples in one language, run as its README says.</summary>
internal sealed record Example(string Program, string Publish, string Subscribe)
{
    public static IReadOnlyDictionary<string, Example> All { get; } = new Dictionary<string, Example>(StringComparer.Ordinal)
    {
        ["python"] = new(Programs.Python, "python/publish.py", "python/subscribe.py"),
        ["node"] = new("node", "node/publish.js", "node/subscribe.js"),
        ["curl"] = new("bash", "curl/publish.sh", "curl/subscribe.sh"),
    };

    private bool TakesFields => Program == "bash";

    /// <summary>Publishes one command; the broker has it when this completes.</summary>
    /// <returns>The command id that the producer printed.</returns>
    public async Task<Guid> PublishAsync(Workspace workspace, string reference, string action, string body, params (string Field, object Value)[] more)
    {
        await using var process = Start(workspace, reference, action, body, more);
        (await process.ExitAsync()).ShouldBe(0, process.Output);
        return Guid.Parse(process.StandardOutput.Trim());
    }

    /// <param name="workspace">Its broker takes the command.</param>
    /// <param name="reference">The case.</param>
    /// <param name="action">What to do.</param>
    /// <param name="body">JSON.</param>
    /// <param name="more">More fields: an option each, or one JSON object, as the example has it.</param>
    public WorkerProcess Start(Workspace workspace, string reference, string action, string body, params (string Field, object Value)[] more)
    {
        IEnumerable<string> options = TakesFields
            ? [JsonSerializer.Serialize(more.ToDictionary(field => field.Field, field => field.Value, StringComparer.Ordinal))]
            : more.SelectMany(field => new[] { "--" + JsonNamingPolicy.KebabCaseLower.ConvertName(field.Field), $"{field.Value}" });
        return WorkerProcess.Example(workspace, Program, Publish, [reference, action, body, .. options]);
    }

    public WorkerProcess Subscriber(Workspace workspace, params string[] arguments) => WorkerProcess.Example(workspace, Program, Subscribe, arguments);
}
