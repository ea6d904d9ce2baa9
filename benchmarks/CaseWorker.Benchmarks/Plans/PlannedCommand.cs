namespace CaseWorker.Benchmarks.Plans;

/// <summary>A command with its ready-made message, and what must come of it.</summary>
/// <param name="Id">Two commands of a plan share it where the second is a repeat of the first.</param>
/// <param name="CaseReference">Decides the slot.</param>
/// <param name="Body">The AMQP body.</param>
/// <param name="Expected">What must be recorded under the id.</param>
internal sealed record PlannedCommand(Guid Id, long CaseReference, byte[] Body, Expected Expected);

/// <summary>The record of a command: an event, or a conflict that carries the current numbers.</summary>
/// <param name="Accepted">False is a conflict.</param>
/// <param name="Version">The event's version, or the conflict's current one.</param>
/// <param name="Nonce">The event's nonce, or the conflict's current one.</param>
/// <param name="Changed">Whether the blob changed; false for a conflict.</param>
internal readonly record struct Expected(bool Accepted, long Version, long Nonce, bool Changed);
