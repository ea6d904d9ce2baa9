namespace CaseWorker.Json;

/// <summary>What a command may contain. PostgreSQL refuses some of it late, at INSERT, and accepts some that it can never read back.</summary>
internal static class JsonLimits
{
    /// <summary>Bytes of one command, and of one case's blob.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Levels of objects and arrays inside the command's body.</summary>
    public const int MaxDepth = 64;

    /// <summary>Properties of one command, all levels together.</summary>
    public const int MaxProperties = 10_000;

    /// <summary>Digits of one number, leading zeros aside.</summary>
    public const int MaxSignificantDigits = 64;

    /// <summary>Decimal exponent of one number, written or implied by its digits.</summary>
    public const int MaxExponent = 308;

    /// <summary>UTF-8 bytes of a note's text.</summary>
    public const int MaxNoteBytes = 64 * 1024;

    /// <summary>Characters of actor, correlation id and action.</summary>
    public const int MaxNameLength = 256;

    /// <summary>Errors reported for one command; the rest is left out.</summary>
    public const int MaxErrors = 20;
}
