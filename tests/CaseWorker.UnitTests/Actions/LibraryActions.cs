using System.Text.Json;
using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using CaseWorker.Processing;
using Microsoft.EntityFrameworkCore;
using Shouldly;

namespace CaseWorker.UnitTests.Actions;

/// <summary>A team's body: two required members, one optional.</summary>
public sealed record BookBody(string Title, long Pages, string? Mood = null);

/// <summary>A team's row.</summary>
public sealed class Book
{
    public required long CaseReference { get; init; }

    public required string Title { get; init; }

    public required long Nonce { get; init; }
}

/// <summary>A team's tables; nothing here connects.</summary>
public sealed class ShelfDbContext(DbContextOptions<ShelfDbContext> options) : DbContext(options)
{
    public Book? Find(long reference, string title) => Set<Book>().Local.FindEntryUntyped([reference, title])?.Entity;

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Book>().HasKey(book => new { book.CaseReference, book.Title });
}

/// <summary>An action whose handler each test writes.</summary>
public sealed class ShelfAction(Func<ShelfDbContext, LockedCase, CaseRequest<BookBody>, CaseAnswer> handle, bool touchesBlob = false) : CaseAction<BookBody, ShelfDbContext>
{
    public override string Name => "book.add";

    public override bool TouchesBlob => touchesBlob;

    public Action<BookBody>? OnValidate { get; init; }

    public override void Validate(BookBody body, ICollection<FieldError> errors)
    {
        OnValidate?.Invoke(body);
        if (body.Pages < 1)
        {
            errors.Add(new FieldError("/body/pages", "Must be 1 or more."));
        }
    }

    public override CaseAnswer Handle(ShelfDbContext db, LockedCase current, CaseRequest<BookBody> request) => handle(db, current, request);

    /// <summary>A book once in a case.</summary>
    public static CaseAnswer AddOnce(ShelfDbContext db, LockedCase current, CaseRequest<BookBody> request) =>
        db.Find(current.Reference, request.Body.Title) is { } earlier
            ? CaseAnswer.Refuse("duplicate-book", $"Event {earlier.Nonce} has it.")
            : CaseAnswer.Accept(() => db.Add(new Book { CaseReference = current.Reference, Title = request.Body.Title, Nonce = current.NextNonce }));
}

/// <summary>A registered action with a state over one case, as a batch has them.</summary>
internal sealed class LibraryActions : IActionExecutor, IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 9, 30, 0, TimeSpan.Zero);
    private readonly RegisteredAction action;
    private readonly CommandReader reader;

    public LibraryActions(CaseAction registered, string blob = """{"n":0}""")
    {
        var actions = new CaseActionRegistry().AddTables<ShelfDbContext>().Add(registered).Build();
        action = actions[registered.Name].ShouldBeOfType<RegisteredAction>();
        reader = new CommandReader(actions, CaseTopology.SlotCount);
        Db = new ShelfDbContext(new DbContextOptionsBuilder<ShelfDbContext>().UseNpgsql("Host=nowhere.invalid").Options);
        Context = new ActionContext(Db);
        BatchState = new BatchState(new StoredBatch { RecordedAt = Now, Cases = [new CaseState(42, CaseBlob.Of(blob), Version: 1, Nonce: 1)] }, this);
    }

    public ShelfDbContext Db { get; }

    public ActionContext Context { get; }

    public BatchState BatchState { get; }

    public Command Read(string body, string? version = null, string? nonce = null) => reader
        .Read(System.Text.Encoding.UTF8.GetBytes(ParsedCommands.Json(
            ("commandId", $"\"{Guid.NewGuid()}\""), ("action", $"\"{action.Name}\""), ("body", body), ("proposedVersion", version), ("proposedNonce", nonce), ("actor", "\"ada\""))))
        .ShouldBeOfType<ParseResult.Parsed>().Command;

    public Decision Decide(string body, string? version = null, string? nonce = null)
    {
        var command = Read(body, version, nonce);
        command.Errors.ShouldBeEmpty();
        return BatchProcessor.Run(BatchState.Decide(command, failure: null)).Decision;
    }

    public ActionResult Apply(CaseState? before, Command command) =>
        command.Action == action ? action.Handle(Context, before!, command, Now) : BuiltInExecutor.Instance.Apply(before, command);

    public static string Book(string title) => JsonSerializer.Serialize(new { title, pages = 10 });

    public ValueTask DisposeAsync() => Context.DisposeAsync();
}
