using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.Persistence.Schema.Migrations;

/// <summary>The workers that share the slots, since when a lease is held, and since when its oldest command has been in work.</summary>
[DbContext(typeof(CaseWorkerDbContext))]
[Migration("20261123000003_Workers")]
internal sealed class Migration0003Workers : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        // Both are small and rewritten all the time: room on the page keeps the updates out of the indexes.
        migrationBuilder.Sql("""
            CREATE TABLE workers (
              name       text        PRIMARY KEY,
              serves     boolean     NOT NULL,
              started_at timestamptz NOT NULL,
              renewed_at timestamptz NOT NULL
            ) WITH (fillfactor = 50);
            ALTER TABLE slot_leases ADD COLUMN since timestamptz, ADD COLUMN busy_since timestamptz;
            ALTER TABLE slot_leases SET (fillfactor = 50);
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE slot_leases RESET (fillfactor);
        ALTER TABLE slot_leases DROP COLUMN since, DROP COLUMN busy_since;
        DROP TABLE workers;
        """);
}
