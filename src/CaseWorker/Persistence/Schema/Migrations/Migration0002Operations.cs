using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.Persistence.Schema.Migrations;

/// <summary>Dead letters, parked cases, operators' jobs and audit, and the leases of slots.</summary>
[DbContext(typeof(CaseWorkerDbContext))]
[Migration("20261123000002_Operations")]
internal sealed class Migration0002Operations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            CREATE TABLE dead_letters (
              id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              kind           text        NOT NULL CHECK (kind IN ('failed', 'unreadable', 'unrouted', 'undeliverable')),
              state          text        NOT NULL DEFAULT 'open',
              reason         text        NOT NULL,
              detail         text        NOT NULL,
              command_id     uuid        UNIQUE,
              case_reference bigint,
              action         text,
              exchange       text        NOT NULL,
              routing_key    text        NOT NULL,
              headers        jsonb       NOT NULL,
              body           bytea       NOT NULL,
              digest         bytea       NOT NULL,
              received_at    timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            CREATE INDEX dead_letters_case ON dead_letters (case_reference) WHERE case_reference IS NOT NULL;
            CREATE INDEX dead_letters_digest ON dead_letters (digest);

            CREATE TABLE parked_cases (
              case_reference bigint      PRIMARY KEY,
              dead_letter_id bigint      NOT NULL REFERENCES dead_letters,
              parked_at      timestamptz NOT NULL DEFAULT clock_timestamp()
            );

            CREATE TABLE operator_jobs (
              id           uuid        PRIMARY KEY,
              kind         text        NOT NULL,
              state        text        NOT NULL,
              operator     text        NOT NULL,
              reason       text        NOT NULL,
              filter       jsonb       NOT NULL,
              total        bigint      NOT NULL,
              done         bigint      NOT NULL DEFAULT 0,
              requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
              finished_at  timestamptz
            );

            CREATE TABLE operator_audit (
              id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              at         timestamptz NOT NULL DEFAULT clock_timestamp(),
              operator   text        NOT NULL,
              action     text        NOT NULL,
              filter     jsonb,
              ids        bigint[],
              reason     text,
              result     text        NOT NULL
            );

            CREATE TABLE slot_leases (
              slot       integer     PRIMARY KEY CHECK (slot >= 0),
              owner      text,
              epoch      bigint      NOT NULL DEFAULT 0,
              expires_at timestamptz
            );
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("DROP TABLE slot_leases, operator_audit, operator_jobs, parked_cases, dead_letters;");
}
