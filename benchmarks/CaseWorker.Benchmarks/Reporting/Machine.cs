using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using CaseWorker.TestSupport;
using Npgsql;

namespace CaseWorker.Benchmarks.Reporting;

/// <summary>What it was measured on.</summary>
/// <param name="Processor">As it names itself.</param>
/// <param name="Processors">How many this process may use.</param>
/// <param name="MemoryMiB">Of the machine.</param>
/// <param name="Load">Processes that wanted to run, mean of the minute before the first run: above 1 somebody else was at work.</param>
internal sealed record Machine(string System, string Processor, int Processors, int MemoryMiB, double Load, string Dotnet, string PostgreSql, string RabbitMq)
{
    public static async Task<Machine> DescribeAsync(PrivateServers servers)
    {
        await using var admin = NpgsqlDataSource.Create(servers.AdminConnection);
        await using var version = admin.CreateCommand("SHOW server_version");
        using var management = servers.ManagementClient();
        var overview = JsonNode.Parse(await management.GetStringAsync("/api/overview"))!;
        return new Machine(
            RuntimeInformation.OSDescription,
            Field("/proc/cpuinfo", "model name"),
            Environment.ProcessorCount,
            (int)(long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024),
            double.Parse((await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0], CultureInfo.InvariantCulture),
            RuntimeInformation.FrameworkDescription,
            (string)(await version.ExecuteScalarAsync())!,
            overview["rabbitmq_version"]!.GetValue<string>());
    }

    private static string Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";
}
