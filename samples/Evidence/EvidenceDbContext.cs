using Microsoft.EntityFrameworkCore;

namespace Evidence;

/// <summary>The table of this sample, beside CaseWorker's own in the same database.</summary>
public sealed class EvidenceDbContext(DbContextOptions<EvidenceDbContext> options) : DbContext(options)
{
    public DbSet<CaseEvidence> Evidence => Set<CaseEvidence>();

    /// <summary>Loads these documents of these cases into <c>Evidence.Local</c>, with one query.</summary>
    public Task LoadAsync(IEnumerable<(long CaseReference, string Sha256)> documents)
    {
        var wanted = documents.Distinct().ToList();
        var references = wanted.Select(one => one.CaseReference).ToArray();
        var hashes = wanted.Select(one => one.Sha256).ToArray();

        // Pairs, and not every hash with every case: the key's index finds each of them.
        return Evidence
            .FromSql($"SELECT e.* FROM case_evidence e JOIN unnest({references}, {hashes}) AS wanted (case_reference, sha256) USING (case_reference, sha256)")
            .LoadAsync();
    }

    /// <summary>A document that is loaded, or that an earlier command of the batch has attached.</summary>
    public CaseEvidence? Find(long caseReference, string sha256) =>
        Evidence.Local.FindEntryUntyped([caseReference, sha256])?.Entity;

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<CaseEvidence>(entity =>
    {
        entity.ToTable("case_evidence").HasKey(row => new { row.CaseReference, row.Sha256 });
        entity.Property(row => row.CaseReference).HasColumnName("case_reference");
        entity.Property(row => row.Sha256).HasColumnName("sha256");
        entity.Property(row => row.Nonce).HasColumnName("nonce");
        entity.Property(row => row.FileName).HasColumnName("file_name");
        entity.Property(row => row.MediaType).HasColumnName("media_type");
        entity.Property(row => row.SizeBytes).HasColumnName("size_bytes");
        entity.Property(row => row.Description).HasColumnName("description");
        entity.Property(row => row.Party).HasColumnName("party");
        entity.Property(row => row.AttachedAt).HasColumnName("attached_at");
        entity.Property(row => row.WithdrawnNonce).HasColumnName("withdrawn_nonce");
        entity.Property(row => row.WithdrawnAt).HasColumnName("withdrawn_at");
        entity.Property(row => row.WithdrawnBy).HasColumnName("withdrawn_by");
        entity.Property(row => row.WithdrawalReason).HasColumnName("withdrawal_reason");
        entity.Property(row => row.PublishedNonce).HasColumnName("published_nonce");
    });
}
