namespace CaseWorker.Persistence;

/// <summary>The group roles that logins are members of; each has the least it needs.</summary>
internal static class Roles
{
    /// <summary>The worker.</summary>
    public const string Application = "caseworker_app";

    /// <summary>People who deal with dead letters.</summary>
    public const string Operator = "caseworker_operator";

    /// <summary>People who read cases.</summary>
    public const string Viewer = "caseworker_viewer";
}
