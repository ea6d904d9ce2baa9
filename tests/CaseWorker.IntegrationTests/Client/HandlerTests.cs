using System.Collections.Concurrent;
using System.Threading.Channels;
using CaseWorker.Client;
using CaseWorker.Client.EntityFrameworkCore;
using CaseWorker.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using Shouldly;

namespace CaseWorker.IntegrationTests.Client;

/// <summary>Outcomes handled with the client package, through whatever happens to the subscriber.</summary>
public sealed class HandlerTests(Servers servers)
{
    private const string Queue = "invoices";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_subscriber_that_starts_before_the_worker_handles_the_kinds_it_wants()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        var book = await SubscribeAsync(workspace, api, handler => handler.Kinds = OutcomeKinds.Accepted | OutcomeKinds.Rejected);
        await book.ReadyAsync();
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);

        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);
        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);
        await client.SubmitAsync(CaseCommands.AddNote(6, "no such case"), Patience);
        await client.SubmitAsync(CaseCommands.AddNote(5, "hello") with { Actor = "ada", CorrelationId = "thread" }, Patience);

        await book.UntilAsync(3);
        book.Entries.Select(entry => entry.Outcome).ShouldBe(["accepted", "rejected", "accepted"]);
        var note = book.Entries[^1].ShouldBeOfType<CaseAccepted>();
        (note.Actor, note.CorrelationId, note.Nonce, note.Action).ShouldBe(("ada", "thread", 2, CaseActions.NoteAdd));
    }

    [Fact]
    public async Task What_is_filled_from_the_API_is_the_outcome_that_its_message_would_have_been()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);
        var missed = await client.SubmitAsync(CaseCommands.Create(5, new { }) with { Actor = "ada", CorrelationId = "thread" }, Patience);
        api.FailNext(2);

        var book = await SubscribeAsync(workspace, api);
        await book.ReadyAsync();
        var came = await client.SubmitAsync(CaseCommands.AddNote(5, "hello"), Patience);

        await book.UntilAsync(2);
        book.Entries.ShouldBe([missed, came]);
    }

    [Fact]
    public async Task What_is_no_outcome_goes_to_the_queue_s_dead_letters_and_holds_up_nothing()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        await workspace.StartWorkerAsync();
        var book = await SubscribeAsync(workspace, api);
        await book.ReadyAsync();
        await using (var connection = await new ConnectionFactory { Uri = workspace.Broker }.CreateConnectionAsync())
        await using (var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)))
        {
            await channel.BasicPublishAsync("", Queue, mandatory: true, new BasicProperties(), "{\"outcome\":\"accepted\"}"u8.ToArray());
        }

        var client = await ClientHost.StartAsync(workspace);
        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);

        await book.UntilAsync(1);
        await workspace.UntilReadyAsync($"{Queue}.dead", 1);
    }

    [Fact]
    public async Task A_broker_that_goes_away_is_come_back_to_and_nothing_is_missed()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        await workspace.StartWorkerAsync();
        var proxy = ProxiedBroker.ProxyTo(workspace);
        var book = await SubscribeAsync(workspace, api, broker: workspace.Through(proxy));
        await book.ReadyAsync();
        var client = await ClientHost.StartAsync(workspace);
        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);
        await book.UntilAsync(1);

        proxy.Close();
        await book.ConditionAsync(HealthStatus.Unhealthy, "No outcomes come from the broker");
        for (var i = 0; i < 10; i++)
        {
            await client.SubmitAsync(CaseCommands.AddNote(5, $"note {i}"), Patience);
        }

        proxy.Open();
        await book.UntilAsync(11);
        book.Entries.Cast<CaseAccepted>().Select(entry => entry.Nonce).ShouldBe(Enumerable.Range(1, 11).Select(n => (long)n));
        await book.ReadyAsync();
    }

    [Fact]
    public async Task A_handler_that_fails_leaves_nothing_behind_and_what_comes_after_it_waits()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        await workspace.StartWorkerAsync();
        var faults = new Faults { Left = 2 };
        await using var subscriber = await StoredAsync(workspace, api, faults);
        var client = await ClientHost.StartAsync(workspace);

        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);
        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);
        await client.SubmitAsync(CaseCommands.AddNote(5, "hello"), Patience);

        await workspace.UntilAsync("SELECT count(*) FROM entries", count => count == 3);
        faults.Left.ShouldBe(-3, "each attempt that failed was one more");
        (await workspace.ScalarAsync<string>("SELECT string_agg(outcome, ' ' ORDER BY id) FROM entries")).ShouldBe("accepted conflicted accepted");
        (await workspace.ScalarAsync<long>("SELECT nonce FROM outcome_positions WHERE subscriber = 'invoices' AND case_reference = 5")).ShouldBe(2);
        (await workspace.CountAsync("handled_outcomes")).ShouldBe(1);
    }

    [Fact]
    public async Task Of_two_instances_one_handles_and_when_it_ends_the_other_goes_on()
    {
        await using var workspace = await Workspace.CreateAsync(servers);
        var api = await CaseApi.StartAsync(workspace);
        await workspace.StartWorkerAsync();
        var client = await ClientHost.StartAsync(workspace);
        var first = await StoredAsync(workspace, api, new Faults());
        await using var second = await StoredAsync(workspace, api, new Faults());
        await client.SubmitAsync(CaseCommands.Create(5, new { }), Patience);
        await workspace.UntilAsync("SELECT count(*) FROM entries", count => count == 1);

        var noting = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                await client.PublishAsync(CaseCommands.AddNote(5, $"note {i}"));
            }
        });
        await workspace.UntilAsync("SELECT count(*) FROM entries", count => count > 5);
        await first.DisposeAsync();
        await noting;

        await workspace.UntilAsync("SELECT count(*) FROM entries", count => count >= 101);
        (await workspace.ScalarAsync<long>("SELECT count(*) FROM (SELECT nonce, row_number() OVER (ORDER BY id) AS place FROM entries) AS e WHERE nonce <> place")).ShouldBe(0);
        (await workspace.CountAsync("entries")).ShouldBe(101);
    }

    private static async Task<Book> SubscribeAsync(Workspace workspace, CaseApi api, Action<OutcomeHandlerOptions>? configure = null, Uri? broker = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<Book>();
        builder.Services.AddSingleton<BookKeeper>();
        AddClient(builder.Services, workspace, api, broker).AddOutcomeHandler<BookKeeper>(handler =>
        {
            handler.Queue = Queue;
            handler.MaxRetryDelay = TimeSpan.FromSeconds(1);
            handler.UsePositionsInMemory();
            configure?.Invoke(handler);
        });
        return workspace.Own(await Running.StartAsync(builder)).Services.GetRequiredService<Book>();
    }

    /// <summary>With its positions and its entries in the workspace's database.</summary>
    private static async Task<Running> StoredAsync(Workspace workspace, CaseApi api, Faults faults)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(faults);
        builder.Services.AddDbContext<EntryContext>(options => options.UseNpgsql(workspace.OwnerConnection, npgsql => npgsql.EnableRetryOnFailure()));
        AddClient(builder.Services, workspace, api, broker: null).AddOutcomeHandler<EntryKeeper>(handler =>
        {
            handler.Queue = Queue;
            handler.UsePositions<EntryContext>();
        });
        if (!await workspace.ScalarAsync<bool>("SELECT to_regclass('entries') IS NOT NULL"))
        {
            await using var context = new EntryContext(new DbContextOptionsBuilder<EntryContext>().UseNpgsql(workspace.OwnerConnection).Options);
            await context.GetService<IRelationalDatabaseCreator>().CreateTablesAsync();
        }

        var running = await Running.StartAsync(builder);
        await running.ReadyAsync();
        return running;
    }

    private static IServiceCollection AddClient(IServiceCollection services, Workspace workspace, CaseApi api, Uri? broker) =>
        services.AddCaseWorkerClient(options => (options.Broker, options.Api, options.ApiKey) = (broker ?? workspace.Broker, api.Address, CaseApi.Key));

    /// <summary>An application that subscribes.</summary>
    private sealed class Running(IHost host) : IAsyncDisposable
    {
        private bool isDisposed;

        public IServiceProvider Services => host.Services;

        public static async Task<Running> StartAsync(HostApplicationBuilder builder)
        {
            var host = builder.Build();
            await host.StartAsync();
            return new Running(host);
        }

        public Task ReadyAsync() => ConditionAsync(Services, HealthStatus.Healthy, "");

        public async ValueTask DisposeAsync()
        {
            if (!isDisposed)
            {
                isDisposed = true;
                await host.StopAsync();
                await ((IAsyncDisposable)host).DisposeAsync();
            }
        }

        public static Task ConditionAsync(IServiceProvider services, HealthStatus status, string text)
        {
            var health = services.GetRequiredService<HealthCheckService>();
            return Eventually.HoldsAsync(
                $"the handler to be {status}",
                async () => (await health.CheckHealthAsync()).Entries[$"outcomes-{Queue}"] is var entry && entry.Status == status && entry.Description?.Contains(text, StringComparison.Ordinal) != false);
        }
    }

    /// <summary>What was handled, in order.</summary>
    private sealed class Book(IServiceProvider services)
    {
        private readonly ConcurrentQueue<CaseOutcome> entries = new();
        private readonly Channel<CaseOutcome> written = Channel.CreateUnbounded<CaseOutcome>();
        private int seen;

        public IReadOnlyList<CaseOutcome> Entries => [.. entries];

        public void Write(CaseOutcome outcome)
        {
            entries.Enqueue(outcome);
            written.Writer.TryWrite(outcome);
        }

        public async Task UntilAsync(int count)
        {
            for (; seen < count; seen++)
            {
                await written.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            }
        }

        public Task ReadyAsync() => ConditionAsync(HealthStatus.Healthy, "");

        public Task ConditionAsync(HealthStatus status, string text) => Running.ConditionAsync(services, status, text);
    }

    private sealed class BookKeeper(Book book) : IOutcomeHandler
    {
        public Task HandleAsync(CaseOutcome outcome, OutcomeContext context, CancellationToken cancellationToken)
        {
            book.Write(outcome);
            return Task.CompletedTask;
        }
    }

    private sealed class Faults
    {
        private int left;

        public int Left
        {
            get => left;
            set => left = value;
        }

        public bool IsNext() => Interlocked.Decrement(ref left) >= 0;
    }

    private sealed class EntryKeeper(EntryContext context, Faults faults) : IOutcomeHandler
    {
        public async Task HandleAsync(CaseOutcome outcome, OutcomeContext how, CancellationToken cancellationToken)
        {
            context.Add(new Entry { Outcome = outcome.Outcome, Nonce = (outcome as CaseAccepted)?.Nonce });
            await context.SaveChangesAsync(cancellationToken);
            if (faults.IsNext())
            {
                throw new InvalidOperationException("injected, after its rows were written");
            }
        }
    }

    private sealed class EntryContext(DbContextOptions<EntryContext> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.AddOutcomePositions();
            modelBuilder.Entity<Entry>(entry =>
            {
                entry.ToTable("entries");
                entry.Property(row => row.Id).HasColumnName("id");
                entry.Property(row => row.Outcome).HasColumnName("outcome");
                entry.Property(row => row.Nonce).HasColumnName("nonce");
            });
        }
    }

    private sealed class Entry
    {
        public long Id { get; init; }

        public required string Outcome { get; init; }

        public long? Nonce { get; init; }
    }
}
