using CaseWorker.Actions;

namespace Evidence;

/// <summary>How documents are named.</summary>
internal static class Hashes
{
    public static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    public static CaseAnswer Unknown(string sha256) =>
        CaseAnswer.Refuse("unknown-evidence", $"No document with the SHA-256 {sha256} was ever attached to this case.", "/body/sha256");
}
