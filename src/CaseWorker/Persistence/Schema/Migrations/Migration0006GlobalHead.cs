using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace CaseWorker.Persistence.Schema.Migrations;

/// <summary>
/// The head is found by its number. Every batch leaves a dead version of the row, which an open snapshot keeps from being removed: an update that passes all of
/// them, or a unique index under whose one key all of them stand, takes longer with each commit. Workers of earlier versions run on both.
/// </summary>
[DbContext(typeof(CaseWorkerDbContext))]
[Migration("20261201000006_GlobalHead")]
internal sealed class Migration0006GlobalHead : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE INDEX global_head_nonce ON global_head (nonce);
        DROP INDEX global_head_one_row;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE UNIQUE INDEX global_head_one_row ON global_head ((true));
        DROP INDEX global_head_nonce;
        """);
}
