using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace CaseWorker.AspNetCore.Security;

/// <summary>The keys that sign cookies, in the table <c>cookie_keys</c>: a sign-in outlives a restart and is good at every worker.</summary>
internal sealed class CookieKeysDbContext(DbContextOptions<CookieKeysDbContext> options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<DataProtectionKey>(key =>
    {
        key.ToTable("cookie_keys").HasKey(row => row.FriendlyName);
        key.Ignore(row => row.Id);
        key.Property(row => row.FriendlyName).HasColumnName("name").IsRequired();
        key.Property(row => row.Xml).HasColumnName("xml").IsRequired();
    });
}
