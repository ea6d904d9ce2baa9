namespace CaseWorker.CommandLine.Formatting;

/// <summary>A verb cannot go on, for a reason that its user can put right. The message is a sentence that says how.</summary>
internal sealed class CommandException(string message) : Exception(message);
