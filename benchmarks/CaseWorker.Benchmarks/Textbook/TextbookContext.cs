using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Benchmarks.Textbook;

/// <summary>CaseWorker's tables, mapped as EF Core's documentation has it. A mapping of its own: what the product optimises is not lent to it.</summary>
internal sealed class TextbookContext(DbContextOptions<TextbookContext> options) : DbContext(options)
{
    /// <summary>Compiled: what is asked for each command is translated once.</summary>
    private static readonly Func<TextbookContext, Guid, Task<EventRow?>> EventById =
        EF.CompileAsyncQuery((TextbookContext db, Guid id) => db.Set<EventRow>().AsNoTracking().FirstOrDefault(row => row.CommandId == id));

    private static readonly Func<TextbookContext, Guid, Task<RefusalRow?>> RefusalById =
        EF.CompileAsyncQuery((TextbookContext db, Guid id) => db.Set<RefusalRow>().AsNoTracking().FirstOrDefault(row => row.CommandId == id));

    private static readonly Func<TextbookContext, long, long, Task<EventRow?>> EventByNonce =
        EF.CompileAsyncQuery((TextbookContext db, long reference, long nonce) => db.Set<EventRow>().AsNoTracking().FirstOrDefault(row => row.CaseReference == reference && row.Nonce == nonce));

    /// <summary>Loads the case and locks its row until the transaction ends.</summary>
    public Task<CaseRow?> LockCaseAsync(long reference) => Set<CaseRow>().FromSql($"SELECT * FROM case_data WHERE reference = {reference} FOR UPDATE").SingleOrDefaultAsync();

    public Task<EventRow?> FindEventAsync(Guid commandId) => EventById(this, commandId);

    public Task<RefusalRow?> FindRefusalAsync(Guid commandId) => RefusalById(this, commandId);

    public Task<EventRow?> FindEventAsync(long reference, long nonce) => EventByNonce(this, reference, nonce);

    /// <summary>Takes the next number of the store, and the time; the row stays locked until the transaction ends.</summary>
    public async Task<Head> NextGlobalNonceAsync() =>
        (await Database.SqlQuery<Head>($"""UPDATE global_head SET nonce = nonce + 1 RETURNING nonce AS "Nonce", clock_timestamp() AS "At" """).ToListAsync())[0];

    public async Task<DateTimeOffset> NowAsync() => (await Database.SqlQuery<DateTimeOffset>($"""SELECT clock_timestamp() AS "Value" """).ToListAsync())[0];

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<CaseRow>(entity =>
        {
            entity.ToTable("case_data").HasKey(row => row.Reference);
            entity.Property(row => row.Reference).ValueGeneratedNever();
            entity.Property(row => row.JsonBlob).HasColumnType("jsonb");
            entity.Property(row => row.Version).IsConcurrencyToken();
        });
        modelBuilder.Entity<NoteRow>(entity =>
        {
            entity.ToTable("case_notes").HasKey(row => row.Id);
            entity.Property(row => row.Id).UseIdentityAlwaysColumn();
            entity.HasOne<CaseRow>().WithMany().HasForeignKey(row => row.CaseReference);
        });
        modelBuilder.Entity<EventRow>(entity =>
        {
            entity.ToTable("case_events").HasKey(row => row.GlobalNonce);
            entity.Property(row => row.GlobalNonce).ValueGeneratedNever();
            entity.Property(row => row.Body).HasColumnType("jsonb");
            entity.HasOne<CaseRow>().WithMany().HasForeignKey(row => row.CaseReference);
        });
        modelBuilder.Entity<RefusalRow>(entity =>
        {
            entity.ToTable("command_refusals").HasKey(row => row.CommandId);
            entity.Property(row => row.CommandId).ValueGeneratedNever();
            entity.Property(row => row.Published).HasColumnType("jsonb");
        });
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((deadLetter, i) => char.IsUpper(deadLetter) && i > 0 ? $"_{char.ToLowerInvariant(deadLetter)}" : char.ToLowerInvariant(deadLetter).ToString()));
}

/// <summary>The store's newest number and the time at which it was taken.</summary>
internal sealed record Head(long Nonce, DateTimeOffset At);
