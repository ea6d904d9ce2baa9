using CaseWorker.Contracts;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Actions;

/// <summary>
/// An action of a team's own. Derive from <see cref="CaseAction{TBody, TDb}"/> where it has tables, from <see cref="CaseAction{TBody}"/>
/// where it only looks at the case or changes its JSON.
/// </summary>
public abstract class CaseAction
{
    private protected CaseAction()
    {
    }

    /// <summary>The name on the wire, 1 to 256 characters, for example <c>evidence.attach</c>. Never changed once commands were accepted under it.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Whether it may change the case's JSON. Then a command must propose a version or a nonce and a stale one conflicts (409), as with
    /// <c>case.replace</c>. Else (the default) any number of people can use it at once: a proposed nonce is optional, a proposed version
    /// is refused (400).
    /// </summary>
    public virtual bool TouchesBlob => false;

    /// <summary>
    /// What becomes of the case when a command of this action fails every time: its later commands wait behind it, in order, until an
    /// operator decides (the default), or it is skipped and they go on without it.
    /// </summary>
    public virtual bool ParksCase => true;

    /// <summary>
    /// How long deciding one command may take, 1 s to 10 min; default 30 s. A command that exceeds it is tried once more by itself and then fails like any
    /// command that fails every time. Actions that need more than a few milliseconds are processed apart from the others, so that these do not wait.
    /// </summary>
    public virtual TimeSpan TimeLimit => TimeSpan.FromSeconds(30);

    internal abstract Type BodyType { get; }

    /// <summary>The context with its tables; null if it has none.</summary>
    internal virtual Type? ContextType => null;

    internal abstract void Check(object body, ICollection<FieldError> errors);

    internal virtual Task LoadAsync(DbContext? db, IReadOnlyList<ActionCommand> commands) => Task.CompletedTask;

    internal abstract CaseAnswer Answer(DbContext? db, LockedCase current, ActionCommand command);
}

/// <summary>An action without tables: it refuses, or accepts, perhaps with another JSON for the case.</summary>
/// <typeparam name="TBody">The command's body, read by System.Text.Json: camelCase, nothing required missing, nothing unknown.</typeparam>
public abstract class CaseAction<TBody> : CaseAction
    where TBody : class
{
    internal sealed override Type BodyType => typeof(TBody);

    /// <summary>Adds what is wrong with the body by itself (400 <c>invalid</c>). Must give the same result for the same body.</summary>
    /// <param name="body">As it was read.</param>
    /// <param name="errors">Paths are JSON Pointers into the command: <c>/body/sizeBytes</c>.</param>
    public virtual void Validate(TBody body, ICollection<FieldError> errors)
    {
    }

    /// <summary>Decides, in memory: <see cref="CaseAnswer.Accept()"/> or <see cref="CaseAnswer.Refuse"/>. An exception makes this one command a dead letter.</summary>
    /// <param name="current">The case, locked, as the command before it left it.</param>
    /// <param name="request">What is asked for.</param>
    public abstract CaseAnswer Handle(LockedCase current, CaseRequest<TBody> request);

    internal sealed override void Check(object body, ICollection<FieldError> errors) => Validate((TBody)body, errors);

    internal sealed override CaseAnswer Answer(DbContext? db, LockedCase current, ActionCommand command) => Handle(current, command.As<TBody>());
}

/// <summary>An action with tables of its own.</summary>
/// <typeparam name="TBody">The command's body, read by System.Text.Json: camelCase, nothing required missing, nothing unknown.</typeparam>
/// <typeparam name="TDb">The tables; has a public constructor that takes <see cref="DbContextOptions{TContext}"/> of itself.</typeparam>
public abstract class CaseAction<TBody, TDb> : CaseAction
    where TBody : class
    where TDb : DbContext
{
    internal sealed override Type BodyType => typeof(TBody);

    internal sealed override Type ContextType => typeof(TDb);

    /// <summary>Adds what is wrong with the body by itself (400 <c>invalid</c>). Must give the same result for the same body.</summary>
    /// <param name="body">As it was read.</param>
    /// <param name="errors">Paths are JSON Pointers into the command: <c>/body/sizeBytes</c>.</param>
    public virtual void Validate(TBody body, ICollection<FieldError> errors)
    {
    }

    /// <summary>
    /// Loads what <see cref="Handle"/> will look at, for all commands of the batch at once: one query, not one a command. Runs under the
    /// locks of all their cases, in the batch's transaction. What it tracks, <see cref="Handle"/> finds in <c>Local</c>.
    /// </summary>
    /// <param name="db">Shared by all actions of the batch that use these tables.</param>
    /// <param name="requests">All commands of this action that may come to <see cref="Handle"/>; some will not.</param>
    public virtual Task LoadAsync(TDb db, IReadOnlyList<CaseRequest<TBody>> requests) => Task.CompletedTask;

    /// <summary>
    /// Decides, in memory: <see cref="CaseAnswer.Accept(Action)"/> or <see cref="CaseAnswer.Refuse"/>. Rows are added and changed only in what is
    /// given to Accept: it runs when nothing stands against the command any more, before the next command is handled. An exception makes
    /// this one command a dead letter.
    /// </summary>
    /// <param name="db">With what was loaded and what earlier commands of the batch added, in <c>Local</c>. No queries here.</param>
    /// <param name="current">The case, locked, as the command before it left it.</param>
    /// <param name="request">What is asked for.</param>
    public abstract CaseAnswer Handle(TDb db, LockedCase current, CaseRequest<TBody> request);

    internal sealed override void Check(object body, ICollection<FieldError> errors) => Validate((TBody)body, errors);

    internal sealed override Task LoadAsync(DbContext? db, IReadOnlyList<ActionCommand> commands) =>
        LoadAsync((TDb)db!, [.. commands.Select(command => command.As<TBody>())]);

    internal sealed override CaseAnswer Answer(DbContext? db, LockedCase current, ActionCommand command) =>
        Handle((TDb)db!, current, command.As<TBody>());
}
