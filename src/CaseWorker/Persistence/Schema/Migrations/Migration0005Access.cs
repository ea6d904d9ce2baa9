using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.Persistence.Schema.Migrations;

/// <summary>Who may come in over HTTP, dead letters that are replayed as another command, and events that carry their case's JSON.</summary>
[DbContext(typeof(CaseWorkerDbContext))]
[Migration("20261123000005_Access")]
internal sealed class Migration0005Access : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE api_keys (
          id         text        PRIMARY KEY,
          name       text        NOT NULL,
          scope      text        NOT NULL CHECK (scope IN ('viewer', 'operator', 'editor')),
          hash       bytea       NOT NULL,
          created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          revoked_at timestamptz
        );

        CREATE TABLE cookie_keys (
          name       text        PRIMARY KEY,
          xml        text        NOT NULL,
          created_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );

        ALTER TABLE case_events ADD COLUMN blob jsonb; -- after the event, where the command's body alone does not say it
        ALTER TABLE dead_letters ADD COLUMN successor uuid;
        ALTER TABLE operator_jobs ADD COLUMN changes jsonb;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE operator_jobs DROP COLUMN changes;
        ALTER TABLE dead_letters DROP COLUMN successor;
        ALTER TABLE case_events DROP COLUMN blob;
        DROP TABLE cookie_keys, api_keys;
        """);
}
