using System.Text.Json;
using System.Text.Json.Serialization;
using CaseWorker.Actions;
using CaseWorker.Cases;
using CaseWorker.Contracts;
using CaseWorker.Parsing;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Testing;

/// <summary>
/// Tests actions without servers: given cases and rows, when commands come, then outcomes, JSON and rows. Commands are parsed, validated, decided and
/// answered by the worker's own code. Tables are in SQLite, in memory, made from the model of their context and not by its migrations.
/// </summary>
public sealed class CaseActionFixture : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly CaseActionRegistry registry = new();
    private readonly Dictionary<Type, TestTables> tables = [];
    private readonly TestStore store = new();
    private DateTimeOffset now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Makes a command with a new id.</summary>
    /// <param name="action">The name of the action.</param>
    /// <param name="caseReference">The case.</param>
    /// <param name="body">Written as camelCase JSON.</param>
    public static CaseCommand Command(string action, long caseReference, object body) => new()
    {
        CommandId = Guid.NewGuid(),
        CaseReference = caseReference,
        Action = action,
        Body = JsonSerializer.SerializeToElement(body, Json),
    };

    /// <summary>Registers an action to test.</summary>
    /// <typeparam name="TAction">The action.</typeparam>
    public CaseActionFixture AddAction<TAction>()
        where TAction : CaseAction, new() => AddAction(new TAction());

    /// <summary>Registers an action that needs arguments.</summary>
    /// <param name="action">The action.</param>
    public CaseActionFixture AddAction(CaseAction action)
    {
        registry.Add(action);
        return this;
    }

    /// <summary>Creates the tables of a context, empty.</summary>
    /// <typeparam name="TDbContext">Has a public constructor that takes <see cref="DbContextOptions{TContext}"/> of itself.</typeparam>
    public CaseActionFixture AddTables<TDbContext>()
        where TDbContext : DbContext
    {
        registry.AddTables<TDbContext>();
        tables.Add(typeof(TDbContext), TestTables.Create<TDbContext>());
        return this;
    }

    /// <summary>Creates a case: version 1, nonce 1.</summary>
    /// <param name="caseReference">The case.</param>
    /// <param name="blob">Its JSON object.</param>
    /// <exception cref="ArgumentException">The case exists, or the JSON is none that a case may have.</exception>
    public CaseActionFixture GivenCase(long caseReference, string blob)
    {
        var command = Parse(Command(CaseActions.CaseCreate, caseReference, JsonElement.Parse(blob)));

        // A built-in action alone touches no tables: nothing is awaited.
        var outcome = store.CommitAsync([command], OpenAsync, now).GetAwaiter().GetResult()[0];
        return outcome is CaseAccepted
            ? this
            : throw new ArgumentException($"The case cannot be created: {JsonSerializer.Serialize<object>(outcome, Json)}", nameof(blob));
    }

    /// <summary>Stores rows.</summary>
    /// <typeparam name="TDbContext">The context with their tables.</typeparam>
    /// <param name="rows">Entities of its model.</param>
    public CaseActionFixture GivenRows<TDbContext>(params object[] rows)
        where TDbContext : DbContext
    {
        tables[typeof(TDbContext)].Add(rows);
        return this;
    }

    /// <summary>Sets the time at which the next commands are recorded. It is 2030-01-01 12:00 UTC before.</summary>
    /// <param name="time">The time.</param>
    public CaseActionFixture At(DateTimeOffset time)
    {
        now = time;
        return this;
    }

    /// <summary>Decides a command.</summary>
    /// <param name="command">The command.</param>
    /// <returns>Its outcome.</returns>
    /// <exception cref="Exception">The action's code fails: in production, the command becomes a dead letter.</exception>
    public async Task<CaseOutcome> WhenAsync(CaseCommand command) => (await WhenAsync([command]))[0];

    /// <summary>Decides commands as one batch: what they need is loaded once, and each sees what the commands before it did.</summary>
    /// <param name="commands">In the order of their queue.</param>
    /// <returns>The outcome of each.</returns>
    /// <exception cref="Exception">The action's code fails: in production, its command becomes a dead letter.</exception>
    public Task<IReadOnlyList<CaseOutcome>> WhenAsync(IReadOnlyList<CaseCommand> commands)
    {
        ArgumentNullException.ThrowIfNull(commands);
        return store.CommitAsync([.. commands.Select(Parse)], OpenAsync, now);
    }

    /// <summary>The JSON of a case; null if the case does not exist.</summary>
    /// <param name="caseReference">The case.</param>
    public JsonElement? FindBlob(long caseReference) => store.Find(caseReference)?.Blob.Value;

    /// <summary>A new context that shows the rows as they are now. Dispose it.</summary>
    /// <typeparam name="TDbContext">A context whose tables were added.</typeparam>
    public TDbContext Open<TDbContext>()
        where TDbContext : DbContext => (TDbContext)tables[typeof(TDbContext)].Open();

    /// <summary>Deletes the tables.</summary>
    public void Dispose()
    {
        foreach (var opened in tables.Values)
        {
            opened.Dispose();
        }
    }

    private Command Parse(CaseCommand command) => new CommandReader(registry.Build(), slots: 1).Read(JsonSerializer.SerializeToUtf8Bytes(command, Json)) switch
    {
        ParseResult.Parsed parsed => parsed.Command,
        ParseResult.Malformed malformed => throw new ArgumentException(malformed.Detail, nameof(command)),
        _ => throw new InvalidOperationException("A message is parsed or malformed."),
    };

    private Task<ActionContext> OpenAsync(ActionTables wanted) => Task.FromResult(tables[wanted.ContextType].OpenBatch());
}
