namespace CaseWorker.Resilience;

/// <summary>The code of a registered action failed. The failure belongs to this one command, unless an error of the database is inside.</summary>
internal sealed class CaseActionException(string message, Exception? cause = null) : Exception(message, cause);
