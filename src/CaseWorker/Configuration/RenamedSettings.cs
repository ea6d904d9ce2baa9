using Microsoft.Extensions.Configuration;

namespace CaseWorker.Configuration;

/// <summary>Settings that had another name in an earlier version. The old name still binds, and a warning names the new one.</summary>
internal static class RenamedSettings
{
    private static readonly IReadOnlyList<(string Old, string New)> All = [("Lanes", nameof(CaseWorkerOptions.Concurrency))];

    /// <param name="section">The section <see cref="CaseWorkerOptions.Section"/> as configured.</param>
    /// <returns>The same section, where a value under an old name is also found under the new one. The new name wins.</returns>
    public static IConfiguration WithNewNames(IConfiguration section) => new ConfigurationBuilder()
        .AddInMemoryCollection(Used(section).Select(renamed => KeyValuePair.Create(renamed.New, section[renamed.Old])))
        .AddConfiguration(section)
        .Build();

    /// <returns>A sentence for each old name in use.</returns>
    public static IReadOnlyList<string> FindWarnings(IConfiguration section) =>
    [
        .. Used(section).Select(renamed =>
            $"The setting {CaseWorkerOptions.Section}:{renamed.Old} is now called {CaseWorkerOptions.Section}:{renamed.New}. "
            + $"The old name still works; rename it (environment: {CaseWorkerOptions.Section}__{renamed.New})."),
    ];

    private static IEnumerable<(string Old, string New)> Used(IConfiguration section) => All.Where(renamed => section[renamed.Old] is not null);
}
