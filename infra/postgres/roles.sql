-- The logins, the group roles and the database of CaseWorker. The tables and what each group may do with
-- them come later, from `caseworker db apply`, which connects as caseworker_owner.
--
-- Idempotent, for psql 15 or newer and a superuser:   psql -U postgres -d postgres -f roles.sql
-- A password is set where its environment variable is; where it is not, the login is left as it was:
--   CASEWORKER_OWNER_PASSWORD   CASEWORKER_APP_PASSWORD   CASEWORKER_OPERATOR_PASSWORD

\set ON_ERROR_STOP on
\getenv owner_password CASEWORKER_OWNER_PASSWORD
\getenv app_password CASEWORKER_APP_PASSWORD
\getenv operator_password CASEWORKER_OPERATOR_PASSWORD

DO $roles$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['caseworker_app', 'caseworker_operator', 'caseworker_viewer',
                              'caseworker_owner', 'caseworker', 'caseworker_ops'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', name);
    END IF;
  END LOOP;
END
$roles$;

-- Groups own the rights, logins only belong to groups: a rotated login needs no new grants.
ALTER ROLE caseworker_owner LOGIN CREATEROLE;
ALTER ROLE caseworker LOGIN;
ALTER ROLE caseworker_ops LOGIN;
GRANT caseworker_app, caseworker_operator, caseworker_viewer TO caseworker_owner WITH ADMIN OPTION;
GRANT caseworker_app TO caseworker;
GRANT caseworker_operator TO caseworker_ops;

\if :{?owner_password}
ALTER ROLE caseworker_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE caseworker PASSWORD :'app_password';
\endif
\if :{?operator_password}
ALTER ROLE caseworker_ops PASSWORD :'operator_password';
\endif

-- CREATE DATABASE may not run inside a DO block, hence \gexec.
SELECT 'CREATE DATABASE caseworker OWNER caseworker_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'caseworker') \gexec
ALTER DATABASE caseworker OWNER TO caseworker_owner;

-- By default everybody on the server may connect and create temporary tables.
REVOKE ALL ON DATABASE caseworker FROM PUBLIC;
GRANT CONNECT ON DATABASE caseworker TO caseworker_app, caseworker_operator, caseworker_viewer;
