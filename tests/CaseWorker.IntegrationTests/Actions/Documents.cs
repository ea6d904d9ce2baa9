using System.Globalization;
using System.Text.Json.Nodes;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>Commands of the sample samples/Evidence, and its processes.</summary>
internal static class Documents
{
    /// <summary>What identifies document number so-and-so.</summary>
    public static string Hash(int number) => number.ToString("x64", CultureInfo.InvariantCulture);

    public static JsonObject Attach(long reference, int number, string? fileName = null, Guid? id = null, string actor = "tester")
    {
        var command = CommandJson.Of(reference, "evidence.attach", new JsonObject
        {
            ["fileName"] = fileName ?? $"{number}.pdf",
            ["mediaType"] = "application/pdf",
            ["sha256"] = Hash(number),
            ["sizeBytes"] = 1000 + number,
        }, id);
        command["actor"] = actor;
        return command;
    }

    public static JsonObject Withdraw(long reference, int number) =>
        CommandJson.Of(reference, "evidence.withdraw", new JsonObject { ["sha256"] = Hash(number), ["reason"] = "the wrong scan" });

    public static JsonObject Publish(long reference, int number, long version) =>
        CommandJson.Of(reference, "evidence.publish", new JsonObject { ["sha256"] = Hash(number) }, version: version);

    /// <summary>Case references from 1, created.</summary>
    public static IEnumerable<JsonObject> Cases(int count) => Enumerable.Range(1, count).Select(i => CommandJson.Create(i));

    /// <summary>The sample's own `db apply`, which must succeed.</summary>
    public static async Task<string> ApplyAsync(Workspace workspace) => await RunAsync(workspace, 0, "db", "apply");

    public static async Task<string> RunAsync(Workspace workspace, int code, params string[] arguments)
    {
        await using var process = WorkerProcess.Evidence(workspace, batchLimit: 400, arguments);
        var ended = await process.ExitAsync(seconds: 60);
        return ended == code ? process.Output : throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {ended}, not {code}:\n{process.Output}");
    }

    /// <summary>The sample's worker, owned by the workspace, once it is started.</summary>
    public static async Task<WorkerProcess> StartAsync(Workspace workspace, int batchLimit = 400)
    {
        var worker = workspace.Own(WorkerProcess.Evidence(workspace, batchLimit, "run"));
        await worker.StartedAsync();
        return worker;
    }

    /// <summary>Rows that are not the work of exactly one event of their case, and attach events without a row.</summary>
    public static Task<long> StraysAsync(Workspace workspace) => workspace.ScalarAsync<long>("""
        SELECT count(*) FROM (SELECT * FROM case_events WHERE action = 'evidence.attach') e
        FULL JOIN case_evidence r ON r.case_reference = e.case_reference AND r.nonce = e.nonce
          AND r.sha256 = e.body ->> 'sha256' AND r.file_name = e.body ->> 'fileName' AND r.attached_at = e.recorded_at AND r.party = e.actor
        WHERE e.nonce IS NULL OR r.nonce IS NULL
        """);
}
