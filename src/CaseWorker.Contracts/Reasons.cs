namespace CaseWorker.Contracts;

/// <summary>Why a command conflicted.</summary>
public static class ConflictReasons
{
    /// <summary><c>case.create</c> on a case that exists.</summary>
    public const string CaseExists = "case-exists";

    /// <summary>The proposed nonce is not the current nonce plus one.</summary>
    public const string Nonce = "nonce";

    /// <summary>The proposed version is not the current version plus one.</summary>
    public const string Version = "version";
}

/// <summary>Why a command that came again is not processed, where its failure is not the reason.</summary>
public static class ParkedReasons
{
    /// <summary>An operator discarded it.</summary>
    public const string Discarded = "discarded";

    /// <summary>Its action is set up to let the case go on without it.</summary>
    public const string Skipped = "skipped";

    /// <summary>An operator had it replayed as another command, with proposals of today or an edited body; that one is the notice's head command.</summary>
    public const string Rebased = "rebased";
}

/// <summary>Why a command was rejected, where the worker itself rejects.</summary>
public static class RejectionReasons
{
    /// <summary>400: a field, the body or a limit.</summary>
    public const string Invalid = "invalid";

    /// <summary>404: the case does not exist.</summary>
    public const string CaseNotFound = "case-not-found";

    /// <summary>422: the command id was used before for another command, whose record stays.</summary>
    public const string CommandIdReused = "command-id-reused";

    /// <summary>422: the change would make the blob larger than 1 MiB.</summary>
    public const string BlobTooLarge = "blob-too-large";
}
