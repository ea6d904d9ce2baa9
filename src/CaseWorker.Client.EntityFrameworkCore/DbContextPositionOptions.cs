using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker.Client.EntityFrameworkCore;

/// <summary>Keeps positions with EF Core.</summary>
public static class DbContextPositionOptions
{
    /// <summary>
    /// Keeps the positions in the database of <typeparamref name="TContext"/>, whose model has <c>AddOutcomePositions</c>. Each outcome has a
    /// transaction of this context: what the handler does with the same context commits together with the position, or not at all. The
    /// handler gets the context injected; it need not save, and must not begin a transaction of its own.
    /// </summary>
    /// <typeparam name="TContext">A context that is registered as scoped, as <c>AddDbContext</c> does.</typeparam>
    /// <param name="options">The handler's.</param>
    public static void UsePositions<TContext>(this OutcomeHandlerOptions options)
        where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(options);
        options.UsePositions(provider =>
        {
            var context = provider.GetRequiredService<TContext>();
            return context.Model.FindEntityType(typeof(OutcomePosition)) is not null
                ? new DbContextPositions(context)
                : throw new InvalidOperationException($"{typeof(TContext).Name} has no tables for positions: call modelBuilder.AddOutcomePositions() in its OnModelCreating, and make a migration.");
        });
    }
}
