using CaseWorker.Client.Handling;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Kinds of outcomes.</summary>
[Flags]
public enum OutcomeKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Commands that were applied.</summary>
    Accepted = 1,

    /// <summary>Commands that proposed a number that was taken.</summary>
    Conflicted = 2,

    /// <summary>Commands that can never be applied.</summary>
    Rejected = 4,

    /// <summary>Notices that a command waits for an operator; its outcome comes later, under an id of its own.</summary>
    Parked = 8,

    /// <summary>What is final: accepted, conflicted and rejected.</summary>
    Final = Accepted | Conflicted | Rejected,

    /// <summary>Everything.</summary>
    All = Final | Parked,
}

/// <summary>Where a subscriber begins in a case that it has not seen.</summary>
public enum OutcomeStart
{
    /// <summary>With the case's first event: the earlier ones are read from the case's events.</summary>
    FirstEvent,

    /// <summary>With the first outcome that comes to its queue.</summary>
    FirstSeen,
}

/// <summary>A handler's settings. They are checked where it is registered.</summary>
public sealed class OutcomeHandlerOptions
{
    /// <summary>
    /// The subscriber's own queue, 1 to 200 characters; required. It is durable and made where it is missing, and so is
    /// <c>&lt;queue&gt;.dead</c>, which gets messages that are no outcomes. The positions are kept under this name: with another name
    /// everything is handled anew. The broker's user needs to configure, write and read both queues and to read and configure the
    /// exchanges <c>case-outcomes.*</c>.
    /// </summary>
    public string Queue { get; set; } = "";

    /// <summary>What is handled; by default all but the notices of parked commands.</summary>
    public OutcomeKinds Kinds { get; set; } = OutcomeKinds.Final;

    /// <summary>Where to begin in a case that was not seen before; by default with its first event.</summary>
    public OutcomeStart Start { get; set; }

    /// <summary>
    /// How long the ids of conflicts, rejections and notices are kept after they were handled, 1 day to 10 years, default 30 days. Risk: one
    /// that comes again after that is handled again. That happens only where its command is published again so late, or a message was as
    /// long on its way. Accepted outcomes are safe for ever.
    /// </summary>
    public TimeSpan IdsKeptFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The longest pause between two attempts after failures, 1 second to 10 minutes, default 30 seconds. The first is below 0.2 s, and it doubles.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Messages that the broker hands over ahead of their handling, 1 to 1000, default 50.</summary>
    public ushort PrefetchCount { get; set; } = 50;

    internal Func<IServiceProvider, IOutcomePositions>? Positions { get; private set; }

    /// <summary>
    /// Keeps the positions where this says. It is asked once an outcome, in the scope from which the handler comes.
    /// </summary>
    /// <param name="positions">Gives the positions.</param>
    public void UsePositions(Func<IServiceProvider, IOutcomePositions> positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        Positions = positions;
    }

    /// <summary>
    /// Keeps the positions in memory, for tests and for effects that live in memory themselves. After a start it knows nothing:
    /// with <see cref="OutcomeStart.FirstEvent"/> each case is handled from its first event again.
    /// </summary>
    public void UsePositionsInMemory()
    {
        var positions = new PositionsInMemory();
        Positions = _ => positions;
    }

    /// <exception cref="OptionsValidationException">An option cannot work.</exception>
    internal void Check()
    {
        var errors = Errors().ToList();
        if (errors.Count > 0)
        {
            throw new OptionsValidationException(Queue, typeof(OutcomeHandlerOptions), errors);
        }
    }

    private IEnumerable<string> Errors()
    {
        if (string.IsNullOrWhiteSpace(Queue) || Queue.Length > 200 || Queue.StartsWith("amq.", StringComparison.Ordinal))
        {
            yield return $"OutcomeHandlerOptions.Queue is \"{Queue}\"; set it to the subscriber's own name, 1 to 200 characters, not beginning with amq.";
        }

        if (Positions is null)
        {
            yield return "OutcomeHandlerOptions has no positions; call UsePositions<TDbContext>() of CaseWorker.Client.EntityFrameworkCore, UsePositions with your own, or UsePositionsInMemory().";
        }

        if (Kinds is OutcomeKinds.None || (Kinds & ~OutcomeKinds.All) != OutcomeKinds.None)
        {
            yield return $"OutcomeHandlerOptions.Kinds is {Kinds}; set it to what is to be handled, for example OutcomeKinds.Final.";
        }

        if (!Enum.IsDefined(Start))
        {
            yield return $"OutcomeHandlerOptions.Start is {Start}; set it to FirstEvent or FirstSeen.";
        }

        if (IdsKeptFor < TimeSpan.FromDays(1) || IdsKeptFor > TimeSpan.FromDays(3653))
        {
            yield return FormattableString.Invariant($"OutcomeHandlerOptions.IdsKeptFor is {IdsKeptFor:c}; set it to 1 day to 10 years.");
        }

        if (LongestPause < TimeSpan.FromSeconds(1) || LongestPause > TimeSpan.FromMinutes(10))
        {
            yield return FormattableString.Invariant($"OutcomeHandlerOptions.LongestPause is {LongestPause:c}; set it to 00:00:01 to 00:10:00.");
        }

        if (PrefetchCount is < 1 or > 1000)
        {
            yield return FormattableString.Invariant($"OutcomeHandlerOptions.PrefetchCount is {PrefetchCount}; set it to 1 to 1000.");
        }
    }
}
