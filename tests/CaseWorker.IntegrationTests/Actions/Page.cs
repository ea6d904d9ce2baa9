using System.Text.RegularExpressions;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>A page of docs, as somebody follows it: blocks of shell, and files that are to be written.</summary>
internal sealed partial class Page
{
    /// <param name="File">The file that the block is the content of; null for what is typed.</param>
    /// <param name="Language">What the page says of it.</param>
    /// <param name="Text">The block.</param>
    public sealed record Block(string? File, string Language, string Text);

    public static IReadOnlyList<Block> Read(string page) =>
    [
        .. Blocks().Matches(File.ReadAllText(Path.Combine(PrivateServers.Repository, "docs", page)))
            .Select(match => new Block(match.Groups["file"].Success ? match.Groups["file"].Value : null, match.Groups["language"].Value, match.Groups["text"].Value)),
    ];

    [GeneratedRegex(@"(^`(?<file>\S+)`:\n\n)?^```(?<language>sh|csharp|json|python)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Blocks();
}
