using CaseWorker.Actions;
using CaseWorker.Contracts;

namespace Evidence;

/// <summary>How documents are named.</summary>
internal static class Hashes
{
    public static void Check(string sha256, ICollection<FieldError> errors)
    {
        if (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigit))
        {
            errors.Add(new FieldError("/body/sha256", "Must be the SHA-256 of the content: 64 hexadecimal digits."));
        }
    }

    public static CaseAnswer Unknown(string sha256) =>
        CaseAnswer.Refuse("unknown-evidence", $"No document with the SHA-256 {sha256} was ever attached to this case.", "/body/sha256");
}
