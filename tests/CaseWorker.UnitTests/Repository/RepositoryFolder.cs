namespace CaseWorker.UnitTests.Repository;

/// <summary>The repository's files, found upwards from the folder that the tests run in.</summary>
internal static class RepositoryFolder
{
    private static readonly string Root = Find();

    /// <summary>A file or folder of the repository.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CaseWorker.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository: no CaseWorker.sln above them.");
    }
}
