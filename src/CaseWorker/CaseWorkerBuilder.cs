using CaseWorker.Actions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace CaseWorker;

/// <summary>Registers a team's own actions and tables with the worker. <c>AddCaseWorker</c> returns it.</summary>
public sealed class CaseWorkerBuilder
{
    private readonly CaseActionRegistry registry;

    internal CaseWorkerBuilder(IServiceCollection services, CaseActionRegistry registry) => (Services, this.registry) = (services, registry);

    /// <summary>The services that the worker was added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Registers an action. One instance serves all commands, from several threads at once, so it must keep nothing between them.</summary>
    /// <typeparam name="TAction">The action.</typeparam>
    /// <exception cref="InvalidOperationException">The action's name does not have 1 to 256 characters, or another action has it.</exception>
    public CaseWorkerBuilder AddAction<TAction>()
        where TAction : CaseAction, new() => AddAction(new TAction());

    /// <summary>Registers an action that was created with what it needs.</summary>
    /// <param name="action">Serves all commands, from several threads at once, so it must keep nothing between them.</param>
    /// <exception cref="InvalidOperationException">The action's name does not have 1 to 256 characters, or another action has it.</exception>
    public CaseWorkerBuilder AddAction(CaseAction action)
    {
        registry.Add(action);
        return this;
    }

    /// <summary>
    /// Registers tables: <c>db apply</c> runs the context's migrations (found in its assembly, with a history of their own) and grants the worker's
    /// role what it needs; <c>db assert</c> and the start of the worker check them.
    /// </summary>
    /// <typeparam name="TDbContext">Has a public constructor that takes <see cref="DbContextOptions{TContext}"/> of itself.</typeparam>
    /// <param name="grants">
    /// What the worker may do with each of the tables, in the syntax of GRANT. The default cannot change or delete existing rows. To allow more, write for
    /// example <c>SELECT, INSERT, UPDATE (withdrawn_at)</c>.
    /// </param>
    /// <exception cref="InvalidOperationException">The context cannot be created, or the grants are not valid.</exception>
    public CaseWorkerBuilder AddTables<TDbContext>(string grants = "SELECT, INSERT")
        where TDbContext : DbContext
    {
        registry.AddTables<TDbContext>(grants);
        return this;
    }
}
