using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Evidence;

/// <summary>The table. Its key refuses a second document of the same content even where the code would not.</summary>
[DbContext(typeof(EvidenceDbContext))]
[Migration("20261123000001_Evidence")]
public sealed class Migration0001Evidence : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE case_evidence (
          case_reference    bigint      NOT NULL REFERENCES case_data,
          sha256            text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
          nonce             bigint      NOT NULL,
          file_name         text        NOT NULL,
          media_type        text        NOT NULL,
          size_bytes        bigint      NOT NULL CHECK (size_bytes > 0),
          description       text,
          party             text,
          attached_at       timestamptz NOT NULL,
          withdrawn_nonce   bigint,
          withdrawn_at      timestamptz,
          withdrawn_by      text,
          withdrawal_reason text,
          published_nonce   bigint,
          PRIMARY KEY (case_reference, sha256),
          UNIQUE (case_reference, nonce),
          CHECK ((withdrawn_nonce IS NULL) = (withdrawn_at IS NULL))
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE case_evidence;");
}
