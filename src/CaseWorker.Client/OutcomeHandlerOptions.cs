using CaseWorker.Client.Handling;
using Microsoft.Extensions.Options;

namespace CaseWorker.Client;

/// <summary>Kinds of outcomes.</summary>
[Flags]
public enum OutcomeKinds
{
    /// <summary>No outcomes.</summary>
    None = 0,

    /// <summary>Commands that were applied.</summary>
    Accepted = 1,

    /// <summary>Commands that proposed a version or nonce that was already taken.</summary>
    Conflicted = 2,

    /// <summary>Commands that can never be applied.</summary>
    Rejected = 4,

    /// <summary>Notices that a command waits for an operator. Its final outcome follows later, with an id of its own.</summary>
    Parked = 8,

    /// <summary>Final outcomes: accepted, conflicted and rejected.</summary>
    Final = Accepted | Conflicted | Rejected,

    /// <summary>Final outcomes and notices.</summary>
    All = Final | Parked,
}

/// <summary>Where a subscriber starts in a case that it has not seen before.</summary>
public enum OutcomeStart
{
    /// <summary>At the case's first event. Outcomes that did not arrive in the queue are read from the case's events.</summary>
    FirstEvent,

    /// <summary>At the first outcome that arrives in the subscriber's queue.</summary>
    FirstSeen,
}

/// <summary>Options of an outcome handler. They are validated when it is registered.</summary>
public sealed class OutcomeHandlerOptions
{
    /// <summary>
    /// The name of the subscriber's queue, 1 to 200 characters. Required. The client declares it as a durable quorum queue, and beside it
    /// <c>&lt;queue&gt;.dead</c> for messages that are not outcomes. Positions are stored under this name: with another name everything is
    /// handled again. The broker's user needs the rights to configure, write and read both queues, and to read and configure the exchanges
    /// <c>case-outcomes.*</c>.
    /// </summary>
    public string Queue { get; set; } = "";

    /// <summary>The kinds of outcomes to handle; by default all final outcomes.</summary>
    public OutcomeKinds Kinds { get; set; } = OutcomeKinds.Final;

    /// <summary>Where to start in a case that was not seen before; by default at its first event.</summary>
    public OutcomeStart Start { get; set; }

    /// <summary>
    /// How long the ids of handled conflicts, rejections and notices are stored: 1 day to 10 years, 30 days by default. If such an outcome
    /// arrives again later, because its command was published again, it is handled again. Accepted outcomes are never handled twice.
    /// </summary>
    public TimeSpan IdRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The longest delay between two attempts after failures: 1 second to 10 minutes, 30 seconds by default. The first delay is at most 0.2 s, and it doubles.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many messages the broker delivers ahead of their handling: 1 to 1000, 50 by default.</summary>
    public ushort PrefetchCount { get; set; } = 50;

    internal Func<IServiceProvider, IOutcomePositions>? Positions { get; private set; }

    /// <summary>
    /// Stores the positions in the application's own store.
    /// </summary>
    /// <param name="positions">Returns the store. It is called once per outcome, with the services of the handler's scope.</param>
    public void UsePositions(Func<IServiceProvider, IOutcomePositions> positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        Positions = positions;
    }

    /// <summary>
    /// Stores the positions in memory, for tests and for effects that live in memory themselves. They are lost when the application stops:
    /// with <see cref="OutcomeStart.FirstEvent"/> each case is then handled from its first event again.
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

        if (IdRetention < TimeSpan.FromDays(1) || IdRetention > TimeSpan.FromDays(3653))
        {
            yield return FormattableString.Invariant($"OutcomeHandlerOptions.IdRetention is {IdRetention:c}; set it to 1 day to 10 years.");
        }

        if (MaxRetryDelay < TimeSpan.FromSeconds(1) || MaxRetryDelay > TimeSpan.FromMinutes(10))
        {
            yield return FormattableString.Invariant($"OutcomeHandlerOptions.MaxRetryDelay is {MaxRetryDelay:c}; set it to 00:00:01 to 00:10:00.");
        }

        if (PrefetchCount is < 1 or > 1000)
        {
            yield return FormattableString.Invariant($"OutcomeHandlerOptions.PrefetchCount is {PrefetchCount}; set it to 1 to 1000.");
        }
    }
}
