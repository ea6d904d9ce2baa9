namespace CaseWorker.Contracts;

/// <summary>The names of the built-in actions.</summary>
public static class CaseActions
{
    /// <summary>Creates the case. The body is its whole JSON object.</summary>
    public const string CaseCreate = "case.create";

    /// <summary>Replaces the blob. The body is the whole new JSON object.</summary>
    public const string CaseReplace = "case.replace";

    /// <summary>Changes parts of the blob. The body is a JSON merge patch (RFC 7396).</summary>
    public const string CaseMerge = "case.merge";

    /// <summary>Adds a note beside the blob. The body is <c>{"body": "text"}</c>, the text at most 64 KiB of UTF-8.</summary>
    public const string NoteAdd = "note.add";
}
