using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.Persistence.Schema.Migrations;

/// <summary>Lines of commands that wait behind a failed one, and what an operator's job has to do.</summary>
[DbContext(typeof(CaseWorkerDbContext))]
[Migration("20261123000004_Parking")]
internal sealed class Migration0004Parking : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_kind_check, DROP CONSTRAINT dead_letters_command_id_key;
        ALTER TABLE dead_letters ADD CHECK (kind IN ('failed', 'held', 'unreadable', 'unrouted', 'undeliverable'));
        ALTER TABLE dead_letters ADD COLUMN fingerprint bytea, ADD CHECK (kind NOT IN ('failed', 'held') OR fingerprint IS NOT NULL) NOT VALID;
        CREATE UNIQUE INDEX dead_letters_command ON dead_letters (command_id) WHERE kind IN ('failed', 'held');
        CREATE INDEX dead_letters_line ON dead_letters (case_reference, id) WHERE state = 'open' AND kind IN ('failed', 'held');
        CREATE INDEX dead_letters_open ON dead_letters (id) WHERE state = 'open';
        CREATE INDEX dead_letters_applied ON dead_letters (id) WHERE state = 'applied';
        ALTER TABLE operator_jobs ADD COLUMN ids bigint[] NOT NULL DEFAULT '{}', ADD COLUMN failed bigint NOT NULL DEFAULT 0, ADD COLUMN detail text;
        CREATE INDEX operator_jobs_unfinished ON operator_jobs (requested_at) WHERE finished_at IS NULL;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DELETE FROM dead_letters WHERE kind = 'held';
        DROP INDEX dead_letters_command, dead_letters_line, dead_letters_open, dead_letters_applied, operator_jobs_unfinished;
        ALTER TABLE operator_jobs DROP COLUMN ids, DROP COLUMN failed, DROP COLUMN detail;
        ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_kind_check, DROP COLUMN fingerprint, ADD UNIQUE (command_id);
        ALTER TABLE dead_letters ADD CHECK (kind IN ('failed', 'unreadable', 'unrouted', 'undeliverable'));
        """);
}
