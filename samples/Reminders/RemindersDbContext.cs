using Microsoft.EntityFrameworkCore;

namespace Reminders;

/// <summary>The table of this sample, beside CaseWorker's own in the same database.</summary>
public sealed class RemindersDbContext(DbContextOptions<RemindersDbContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Reminder>(entity =>
    {
        entity.ToTable("case_reminders").HasKey(row => new { row.CaseReference, row.Nonce });
        entity.Property(row => row.CaseReference).HasColumnName("case_reference");
        entity.Property(row => row.Nonce).HasColumnName("nonce");
        entity.Property(row => row.DueOn).HasColumnName("due_on");
        entity.Property(row => row.Text).HasColumnName("text");
    });
}
