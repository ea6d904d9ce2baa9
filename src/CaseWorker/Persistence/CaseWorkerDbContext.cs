using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Persistence;

/// <summary>The tables as EF Core sees them. Names are the database's; see the migrations for constraints and grants.</summary>
internal sealed class CaseWorkerDbContext(DbContextOptions<CaseWorkerDbContext> options) : DbContext(options)
{
    public DbSet<CaseData> Cases => Set<CaseData>();

    public DbSet<CaseNote> Notes => Set<CaseNote>();

    public DbSet<CaseEvent> Events => Set<CaseEvent>();

    public DbSet<CommandRefusal> Refusals => Set<CommandRefusal>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<CaseData>(entity =>
        {
            entity.ToTable("case_data").HasKey(row => row.Reference);
            entity.Property(row => row.Reference).HasColumnName("reference").ValueGeneratedNever();
            entity.Property(row => row.JsonBlob).HasColumnName("json_blob").HasColumnType("jsonb");
            entity.Property(row => row.Version).HasColumnName("version").IsConcurrencyToken();
            entity.Property(row => row.Nonce).HasColumnName("nonce");
            entity.Property(row => row.CreatedAt).HasColumnName("created_at");
            entity.Property(row => row.UpdatedAt).HasColumnName("updated_at");
        });
        modelBuilder.Entity<CaseNote>(entity =>
        {
            entity.ToTable("case_notes").HasKey(row => row.Id);
            entity.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
            entity.Property(row => row.CaseReference).HasColumnName("case_reference");
            entity.Property(row => row.Body).HasColumnName("body");
            entity.Property(row => row.Author).HasColumnName("author");
            entity.Property(row => row.Nonce).HasColumnName("nonce");
            entity.Property(row => row.CreatedAt).HasColumnName("created_at");
        });
        modelBuilder.Entity<CaseEvent>(entity =>
        {
            entity.ToTable("case_events").HasKey(row => row.GlobalNonce);
            entity.Property(row => row.GlobalNonce).HasColumnName("global_nonce").ValueGeneratedNever();
            entity.Property(row => row.CaseReference).HasColumnName("case_reference");
            entity.Property(row => row.Nonce).HasColumnName("nonce");
            entity.Property(row => row.Action).HasColumnName("action");
            entity.Property(row => row.CommandId).HasColumnName("command_id");
            entity.Property(row => row.Fingerprint).HasColumnName("fingerprint");
            entity.Property(row => row.Version).HasColumnName("version");
            entity.Property(row => row.Changed).HasColumnName("changed");
            entity.Property(row => row.Body).HasColumnName("body").HasColumnType("jsonb");
            entity.Property(row => row.Blob).HasColumnName("blob").HasColumnType("jsonb");
            entity.Property(row => row.Actor).HasColumnName("actor");
            entity.Property(row => row.CorrelationId).HasColumnName("correlation_id");
            entity.Property(row => row.RecordedAt).HasColumnName("recorded_at");
        });
        modelBuilder.Entity<CommandRefusal>(entity =>
        {
            entity.ToTable("command_refusals").HasKey(row => row.CommandId);
            entity.Property(row => row.CommandId).HasColumnName("command_id");
            entity.Property(row => row.CaseReference).HasColumnName("case_reference");
            entity.Property(row => row.Action).HasColumnName("action");
            entity.Property(row => row.Fingerprint).HasColumnName("fingerprint");
            entity.Property(row => row.Outcome).HasColumnName("outcome");
            entity.Property(row => row.Status).HasColumnName("status");
            entity.Property(row => row.Reason).HasColumnName("reason");
            entity.Property(row => row.Published).HasColumnName("published").HasColumnType("jsonb");
            entity.Property(row => row.RecordedAt).HasColumnName("recorded_at");
        });
        modelBuilder.Entity<DeadLetter>(entity =>
        {
            entity.ToTable("dead_letters").HasKey(row => row.Id);
            entity.Property(row => row.Id).HasColumnName("id").UseIdentityAlwaysColumn();
            entity.Property(row => row.Kind).HasColumnName("kind");
            entity.Property(row => row.State).HasColumnName("state");
            entity.Property(row => row.Reason).HasColumnName("reason");
            entity.Property(row => row.Detail).HasColumnName("detail");
            entity.Property(row => row.CommandId).HasColumnName("command_id");
            entity.Property(row => row.CaseReference).HasColumnName("case_reference");
            entity.Property(row => row.Action).HasColumnName("action");
            entity.Property(row => row.Exchange).HasColumnName("exchange");
            entity.Property(row => row.RoutingKey).HasColumnName("routing_key");
            entity.Property(row => row.Headers).HasColumnName("headers").HasColumnType("jsonb");
            entity.Property(row => row.Body).HasColumnName("body");
            entity.Property(row => row.Digest).HasColumnName("digest");
            entity.Property(row => row.Fingerprint).HasColumnName("fingerprint");
            entity.Property(row => row.ReceivedAt).HasColumnName("received_at");
            entity.Ignore(row => row.IsRedelivery);
            entity.Ignore(row => row.Successor);
            entity.Ignore(row => row.Summary);
        });
    }
}
