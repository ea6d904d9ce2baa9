using System.Globalization;

namespace CaseWorker.Benchmarks.Measuring;

/// <summary>CPU seconds and memory of processes, from /proc.</summary>
internal static class CpuClock
{
    /// <summary>Linux counts these in hundredths of a second, whatever the kernel's own tick is.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>A process alone, all its threads.</summary>
    public static double Of(int process) => Read(process) is { } stat ? stat.Own : 0;

    /// <summary>
    /// A server with all it ever forked: its own time, that of the children it has waited for, and that of its live descendants. The
    /// server is read first, so that a child that ends meanwhile is counted once or, for that moment, not at all.
    /// </summary>
    public static double OfTree(int root)
    {
        if (Read(root) is not { } server)
        {
            return 0;
        }

        var live = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && id != root)
            .Select(id => (Id: id, Stat: Read(id)))
            .Where(entry => entry.Stat is not null)
            .ToDictionary(entry => entry.Id, entry => entry.Stat!);
        return server.Own + server.Waited + live.Values.Where(stat => IsBelow(stat.Parent, root, live)).Sum(stat => stat.Own + stat.Waited);
    }

    /// <summary>The most physical memory that a process ever had, in MiB.</summary>
    public static double PeakMemoryOf(int process) => Memory(process, "VmHWM:");

    /// <summary>Physical memory now, in MiB.</summary>
    public static double MemoryOf(int process) => Memory(process, "VmRSS:");

    private static bool IsBelow(int parent, int root, Dictionary<int, Stat> live)
    {
        // Bounded: /proc is read while it changes.
        for (var steps = 0; steps < 16 && parent != root; steps++)
        {
            if (!live.TryGetValue(parent, out var stat))
            {
                return false;
            }

            parent = stat.Parent;
        }

        return parent == root;
    }

    private static Stat? Read(int process)
    {
        try
        {
            // The name in parentheses may hold anything; fields are counted behind it.
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            double Seconds(int field) => double.Parse(fields[field], CultureInfo.InvariantCulture) / TicksPerSecond;
            return new Stat(int.Parse(fields[1], CultureInfo.InvariantCulture), Seconds(11) + Seconds(12), Seconds(13) + Seconds(14));
        }
        catch (IOException)
        {
            // It has ended.
            return null;
        }
    }

    private static double Memory(int process, string name)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")).First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    private sealed record Stat(int Parent, double Own, double Waited);
}
