using CaseWorker.Client;
using CaseWorker.Client.EntityFrameworkCore;
using CaseWorker.Contracts;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace CaseWorker.Subscriber;

/// <summary>Writes each outcome down, and knows nothing of repeats, gaps and transactions.</summary>
internal sealed class OutcomeLog(OutcomeLogContext context) : IOutcomeHandler
{
    public Task HandleAsync(CaseOutcome outcome, OutcomeContext how, CancellationToken cancellationToken)
    {
        context.Add(new OutcomeLogRow
        {
            OutcomeId = outcome.OutcomeId,
            CommandId = outcome.CommandId,
            CaseReference = outcome.CaseReference,
            Outcome = outcome.Outcome,
            Nonce = (outcome as CaseAccepted)?.Nonce,
            IsBackfilled = how.IsBackfilled,
        });
        return Task.CompletedTask;
    }
}

internal sealed class OutcomeLogContext(DbContextOptions<OutcomeLogContext> options) : DbContext(options)
{
    /// <summary>The database has other tables, and this program has no migrations.</summary>
    public async Task CreateTablesAsync()
    {
        if (await Database.SqlQuery<bool>($"SELECT to_regclass('ledger') IS NULL AS \"Value\"").SingleAsync())
        {
            await this.GetService<IRelationalDatabaseCreator>().CreateTablesAsync();
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddOutcomePositions();
        modelBuilder.Entity<OutcomeLogRow>(row =>
        {
            row.ToTable("ledger");
            row.Property(property => property.Id).HasColumnName("id");
            row.Property(property => property.OutcomeId).HasColumnName("outcome_id");
            row.Property(property => property.CommandId).HasColumnName("command_id");
            row.Property(property => property.CaseReference).HasColumnName("case_reference");
            row.Property(property => property.Outcome).HasColumnName("outcome");
            row.Property(property => property.Nonce).HasColumnName("nonce");
            row.Property(property => property.IsBackfilled).HasColumnName("is_filled");
        });
    }
}

/// <summary>An outcome that was handled. The ids grow in the order of handling.</summary>
internal sealed class OutcomeLogRow
{
    public long Id { get; init; }

    public required Guid OutcomeId { get; init; }

    public required Guid CommandId { get; init; }

    public required long CaseReference { get; init; }

    public required string Outcome { get; init; }

    public long? Nonce { get; init; }

    public required bool IsBackfilled { get; init; }
}
