using Microsoft.EntityFrameworkCore;

namespace CaseWorker.Client.EntityFrameworkCore;

/// <summary>The tables that positions are kept in.</summary>
public static class OutcomePositionModel
{
    /// <summary>
    /// Adds the tables <c>outcome_positions</c> (subscriber, case_reference, nonce) and <c>handled_outcomes</c> (subscriber, outcome_id,
    /// handled_at) to the model. Call it in <c>OnModelCreating</c>, then make a migration as for tables of your own.
    /// </summary>
    /// <param name="modelBuilder">The context's.</param>
    /// <param name="schema">Where the tables go; the model's default schema where it is not given.</param>
    public static ModelBuilder AddOutcomePositions(this ModelBuilder modelBuilder, string? schema = null)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<OutcomePosition>(position =>
        {
            position.ToTable("outcome_positions", schema);
            position.HasKey(row => new { row.Subscriber, row.CaseReference });
            position.Property(row => row.Subscriber).HasColumnName("subscriber").HasMaxLength(200);
            position.Property(row => row.CaseReference).HasColumnName("case_reference").ValueGeneratedNever();
            position.Property(row => row.Nonce).HasColumnName("nonce");
        });
        modelBuilder.Entity<HandledOutcome>(handled =>
        {
            handled.ToTable("handled_outcomes", schema);
            handled.HasKey(row => new { row.Subscriber, row.OutcomeId });
            handled.Property(row => row.Subscriber).HasColumnName("subscriber").HasMaxLength(200);
            handled.Property(row => row.OutcomeId).HasColumnName("outcome_id").ValueGeneratedNever();
            handled.Property(row => row.HandledAt).HasColumnName("handled_at");
            handled.HasIndex(row => new { row.Subscriber, row.HandledAt });
        });
        return modelBuilder;
    }
}

/// <summary>How far a subscriber is in a case.</summary>
internal sealed class OutcomePosition
{
    public required string Subscriber { get; init; }

    public required long CaseReference { get; init; }

    public required long Nonce { get; set; }
}

/// <summary>An outcome without a nonce that a subscriber has handled.</summary>
internal sealed class HandledOutcome
{
    public required string Subscriber { get; init; }

    public required Guid OutcomeId { get; init; }

    /// <summary>UTC: not every database compares times with offsets.</summary>
    public required DateTime HandledAt { get; init; }
}
