namespace CaseWorker.Persistence.Schema;

/// <summary>
/// Who may do what. The log is append-only because the application's role has no right to anything else on it, TRUNCATE included
/// (a trigger would not stop that). Run after every migration: each statement says what holds, not what changes.
/// </summary>
internal static class Grants
{
    /// <summary>Gives the rights to the group roles, and a login its place in the application's role.</summary>
    /// <param name="applicationLogin">The worker's login; null if it is not known (a printed script).</param>
    public static string Sql(string? applicationLogin) => $$"""
        DO $grants$
        DECLARE
          wanted text;
          tables CONSTANT text := 'case_data, case_notes, case_events, command_refusals, global_head';
          operations CONSTANT text := 'dead_letters, parked_cases, operator_jobs, operator_audit, slot_leases, workers';
          access CONSTANT text := 'api_keys, cookie_keys';
          login CONSTANT text := {{Literal(applicationLogin)}};
        BEGIN
          -- Roles belong to the whole server: an administrator may have made them, and another database may share them.
          FOREACH wanted IN ARRAY ARRAY['{{Roles.Application}}', '{{Roles.Operator}}', '{{Roles.Viewer}}'] LOOP
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
              BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
              EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL; -- another database was quicker
                WHEN insufficient_privilege THEN
                  RAISE WARNING 'Role % is missing and % may not create it: case_events is not append-only for the worker. As a superuser run CREATE ROLE % NOLOGIN, then db apply again.',
                    wanted, current_user, wanted;
                  CONTINUE;
              END;
            END IF;
            EXECUTE format('REVOKE ALL ON %s, %s, %s FROM %I', tables, operations, access, wanted);
            EXECUTE format('GRANT SELECT ON %s, "__EFMigrationsHistory" TO %I', tables, wanted);
            IF wanted = '{{Roles.Viewer}}' THEN CONTINUE; END IF;

            EXECUTE format('GRANT SELECT ON %s TO %I', operations, wanted);
            EXECUTE format('GRANT INSERT ON operator_audit TO %I', wanted);
            EXECUTE format('GRANT INSERT, UPDATE ON operator_jobs TO %I', wanted);
            IF wanted = '{{Roles.Operator}}' THEN
              EXECUTE format('GRANT UPDATE (state) ON dead_letters TO %I', wanted);
              EXECUTE format('GRANT INSERT, UPDATE, DELETE ON parked_cases TO %I', wanted);
              CONTINUE;
            END IF;

            EXECUTE format('GRANT SELECT ON %s TO %I', access, wanted);
            EXECUTE format('GRANT INSERT ON cookie_keys TO %I', wanted);
            EXECUTE format('GRANT INSERT ON case_notes, case_events, command_refusals TO %I', wanted);
            EXECUTE format('GRANT INSERT, UPDATE ON case_data, dead_letters, slot_leases TO %I', wanted);
            EXECUTE format('GRANT UPDATE ON global_head TO %I', wanted);
            EXECUTE format('GRANT INSERT, UPDATE, DELETE ON parked_cases, workers TO %I', wanted);
            IF login IS NOT NULL AND login <> wanted AND NOT pg_has_role(login, wanted, 'MEMBER') THEN
              BEGIN
                EXECUTE format('GRANT %I TO %I', wanted, login);
              EXCEPTION WHEN insufficient_privilege THEN
                RAISE WARNING 'Login % is no member of %. As a superuser run GRANT % TO %.', login, wanted, wanted, login;
              END;
            END IF;
          END LOOP;
        END $grants$;
        """;

    private static string Literal(string? text) =>
        text is null ? "NULL" : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
