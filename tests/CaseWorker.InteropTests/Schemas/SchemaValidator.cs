using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CaseWorker.InteropTests.Schemas;

/// <summary>
/// Judges messages by docs/schemas. The judge is Debian's python3-jsonschema: somebody else's, as a stranger's would be.
/// </summary>
internal static class SchemaValidator
{
    public static string Folder { get; } = Path.Combine(Servers.Repository, "docs", "schemas");

    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    public static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, name)))!.AsObject();

    public static Task<IReadOnlyList<Judgement>> JudgeAsync(string schema, IEnumerable<JsonNode> messages) =>
        JudgeAsync(messages.Select(message => (schema, Encoding.UTF8.GetBytes(message.ToJsonString()))));

    /// <summary>The judgements in the order of the messages.</summary>
    /// <exception cref="InvalidOperationException">A schema is itself not right, or python3-jsonschema is missing.</exception>
    public static async Task<IReadOnlyList<Judgement>> JudgeAsync(IEnumerable<(string Schema, byte[] Message)> messages)
    {
        var start = new ProcessStartInfo(Programs.Python, [Path.Combine(Servers.Repository, "tests", "CaseWorker.InteropTests", "Schemas", "validate.py"), Folder])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            foreach (var (schema, message) in messages)
            {
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { schema, message = Convert.ToBase64String(message) }));
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything; its own words say why.
        }

        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? [.. (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Judgement>(line, JsonSerializerOptions.Web)!)]
            : throw new InvalidOperationException($"The judge ended with {process.ExitCode}: {await error}");
    }
}

/// <param name="Valid">Whether the schema takes the message.</param>
/// <param name="Error">The first thing wrong; null for a valid one.</param>
internal sealed record Judgement(bool Valid, string? Error);
