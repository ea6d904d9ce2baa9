using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace CaseWorker.UnitTests.Repository;

/// <summary>Which folder of an assembly uses which, read from the compiled types: fields, signatures and method bodies.</summary>
internal sealed class FolderGraph
{
    private FolderGraph(IReadOnlyList<Arrow> arrows) => Arrows = arrows;

    /// <summary>One for each pair of types in two folders, from the user to what it uses.</summary>
    public IReadOnlyList<Arrow> Arrows { get; }

    /// <summary>The folders of the assembly; <c>Persistence.Schema</c> is a folder inside a folder.</summary>
    public IReadOnlySet<string> Folders => Arrows.SelectMany(arrow => new[] { arrow.FromFolder, arrow.ToFolder }).ToHashSet(StringComparer.Ordinal);

    /// <param name="assembly">A compiled assembly.</param>
    /// <param name="root">Its root namespace; what comes behind it is the folder.</param>
    public static FolderGraph Of(System.Reflection.Assembly assembly, string root)
    {
        var types = new ArchLoader().LoadAssemblies(assembly).Build().Types.Where(type => FolderOf(type, root) is not null).ToList();
        var own = types.Select(type => type.FullName).ToHashSet(StringComparer.Ordinal);
        return new FolderGraph(
        [
            .. types
                .SelectMany(type => type.Dependencies.Select(dependency => (From: type, To: dependency.Target)))
                .Where(pair => own.Contains(pair.To.FullName))
                .Select(pair => new Arrow(NameOf(pair.From), FolderOf(pair.From, root)!, NameOf(pair.To), FolderOf(pair.To, root)!))
                .Where(arrow => !string.Equals(arrow.FromFolder, arrow.ToFolder, StringComparison.Ordinal))
                .Distinct(),
        ]);
    }

    /// <summary>The same graph with the outermost folders only.</summary>
    public FolderGraph OutermostFolders() => new(
    [
        .. Arrows
            .Select(arrow => arrow with { FromFolder = arrow.FromFolder.Split('.')[0], ToFolder = arrow.ToFolder.Split('.')[0] })
            .Where(arrow => !string.Equals(arrow.FromFolder, arrow.ToFolder, StringComparison.Ordinal)),
    ]);

    /// <summary>The graph with one arrow more.</summary>
    public FolderGraph With(Arrow arrow) => new([.. Arrows, arrow]);

    /// <param name="floors">The floor of each folder; an arrow may point down, or to another folder on the same floor.</param>
    /// <returns>A sentence for each arrow that points up or has a folder without a floor.</returns>
    public IEnumerable<string> FindUpwardArrows(IReadOnlyDictionary<string, int> floors) =>
        Folders.Where(folder => !floors.ContainsKey(folder)).Select(folder => $"The folder {folder} has no floor. Give it one in ArchitectureTests.")
            .Concat(Arrows
                .Where(arrow => floors.TryGetValue(arrow.FromFolder, out var from) && floors.TryGetValue(arrow.ToFolder, out var to) && to > from)
                .Select(arrow => $"Upward arrow: {arrow}"));

    /// <returns>A sentence with both types for each arrow that is part of a cycle of folders.</returns>
    public IEnumerable<string> FindCycles()
    {
        var next = Arrows.GroupBy(arrow => arrow.FromFolder, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Select(arrow => arrow.ToFolder).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        return Arrows.Where(arrow => Reaches(next, arrow.ToFolder, arrow.FromFolder, [])).Select(arrow => $"In a cycle: {arrow}");
    }

    private static bool Reaches(Dictionary<string, HashSet<string>> next, string from, string target, HashSet<string> seen) =>
        string.Equals(from, target, StringComparison.Ordinal)
        || (seen.Add(from) && next.TryGetValue(from, out var following) && following.Any(folder => Reaches(next, folder, target, seen)));

    private static string? FolderOf(IType type, string root)
    {
        var name = type.Namespace.FullName;
        return name == root ? "(root)" : name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..] : null;
    }

    /// <summary>Types that the compiler made belong to the type around them.</summary>
    private static string NameOf(IType type) => type.FullName.Split('+')[0].Split('`')[0];

    /// <summary>One type uses another in another folder.</summary>
    public sealed record Arrow(string From, string FromFolder, string To, string ToFolder)
    {
        public override string ToString() => $"{From} ({FromFolder}) uses {To} ({ToFolder})";
    }
}
