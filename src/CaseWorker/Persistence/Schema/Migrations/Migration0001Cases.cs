using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.Persistence.Schema.Migrations;

/// <summary>The cases, their notes and their log.</summary>
[DbContext(typeof(CaseWorkerDbContext))]
[Migration("20261123000001_Cases")]
internal sealed class Migration0001Cases : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            CREATE TABLE case_data (
              reference  bigint      PRIMARY KEY CHECK (reference > 0),
              json_blob  jsonb       NOT NULL CHECK (jsonb_typeof(json_blob) = 'object'),
              version    bigint      NOT NULL CHECK (version > 0),
              nonce      bigint      NOT NULL CHECK (nonce >= version),
              created_at timestamptz NOT NULL,
              updated_at timestamptz NOT NULL
            ) WITH (fillfactor = 85); -- room for the next version on the same page: no index entry moves

            CREATE TABLE case_notes (
              id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              case_reference bigint      NOT NULL REFERENCES case_data,
              body           text        NOT NULL,
              author         text,
              nonce          bigint      NOT NULL,
              created_at     timestamptz NOT NULL,
              UNIQUE (case_reference, nonce)
            );

            CREATE TABLE case_events (
              global_nonce   bigint      PRIMARY KEY,
              case_reference bigint      NOT NULL REFERENCES case_data,
              nonce          bigint      NOT NULL CHECK (nonce > 0),
              action         text        NOT NULL,
              command_id     uuid        NOT NULL UNIQUE,
              fingerprint    bytea       NOT NULL,
              version        bigint      NOT NULL CHECK (version > 0),
              changed        boolean     NOT NULL,
              body           jsonb       NOT NULL,
              actor          text,
              correlation_id text,
              recorded_at    timestamptz NOT NULL,
              UNIQUE (case_reference, nonce)
            );

            CREATE TABLE command_refusals (
              command_id     uuid        PRIMARY KEY,
              case_reference bigint      NOT NULL,
              action         text,
              fingerprint    bytea       NOT NULL,
              outcome        text        NOT NULL CHECK (outcome IN ('conflicted', 'rejected')),
              status         integer     NOT NULL,
              reason         text        NOT NULL,
              published      jsonb       NOT NULL,
              recorded_at    timestamptz NOT NULL
            );
            CREATE INDEX command_refusals_case ON command_refusals (case_reference, recorded_at);

            CREATE TABLE global_head (nonce bigint NOT NULL CHECK (nonce >= 0)) WITH (fillfactor = 10);
            CREATE UNIQUE INDEX global_head_one_row ON global_head ((true));
            INSERT INTO global_head VALUES (0);
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("DROP TABLE global_head, command_refusals, case_events, case_notes, case_data;");
}
