using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Reminders;

/// <summary>Creates the table.</summary>
[DbContext(typeof(RemindersDbContext))]
[Migration("20261123000001_Reminders")]
public sealed class Migration0001Reminders : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE case_reminders (
          case_reference bigint NOT NULL REFERENCES case_data,
          nonce          bigint NOT NULL,
          due_on         date   NOT NULL,
          text           text   NOT NULL,
          PRIMARY KEY (case_reference, nonce)
        );
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE case_reminders;");
}
