using CaseWorker.Actions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.IntegrationTests.Actions;

/// <summary>What goes wrong, and where.</summary>
public sealed record TrapBody(string Springs);

/// <summary>A row with a rule that only the database knows.</summary>
public sealed class TrapRow
{
    public required Guid CommandId { get; init; }

    public required string Springs { get; init; }
}

/// <summary>The tables of actions that fail.</summary>
public sealed class FailingDbContext(DbContextOptions<FailingDbContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<TrapRow>(entity =>
    {
        entity.ToTable("traps").HasKey(row => row.CommandId);
        entity.Property(row => row.CommandId).HasColumnName("command_id");
        entity.Property(row => row.Springs).HasColumnName("springs");
    });
}

[DbContext(typeof(FailingDbContext))]
[Migration("20261123000001_Traps")]
public sealed class TrapMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("CREATE TABLE traps (command_id uuid PRIMARY KEY, springs text NOT NULL CONSTRAINT no_trap CHECK (springs <> 'saving'));");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE traps;");
}

/// <summary>An action that throws where its body says, as long as it is set.</summary>
internal sealed class FailingAction : CaseAction<TrapBody, FailingDbContext>
{
    private volatile bool isSet = true;

    public override string Name => "trap.step";

    public void Disarm() => isSet = false;

    public override void Validate(TrapBody body, ICollection<Contracts.FieldError> errors) => Spring(body, "validating");

    public override Task LoadAsync(FailingDbContext db, IReadOnlyList<CaseRequest<TrapBody>> requests)
    {
        foreach (var request in requests)
        {
            Spring(request.Body, "loading");
        }

        return Task.CompletedTask;
    }

    public override CaseAnswer Handle(FailingDbContext db, LockedCase current, CaseRequest<TrapBody> request)
    {
        Spring(request.Body, "handling");
        return CaseAnswer.Accept(() =>
        {
            db.Add(new TrapRow { CommandId = request.CommandId, Springs = request.Body.Springs });
            Spring(request.Body, "accepting");
        });
    }

    private void Spring(TrapBody body, string here)
    {
        if (isSet && body.Springs == here)
        {
            // A time limit of the action's own, and no sign that waiting would help.
            throw new TimeoutException($"The trap springs while {here}.");
        }
    }
}
