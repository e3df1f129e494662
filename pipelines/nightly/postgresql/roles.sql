-- Roles of a shared ledger, without logins. Run it once in the ledger's database, as its owner or a
-- superuser; it may be run again.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['auditor_owner', 'auditor_writer', 'auditor_reader', 'auditor_purger']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name);
        END IF;
    END LOOP;
    -- Nobody but these: by default every login of the server may connect and use "public".
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO auditor_owner, auditor_writer, auditor_reader, auditor_purger',
        current_database()
    );
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO auditor_owner;
GRANT USAGE ON SCHEMA public TO auditor_writer, auditor_reader, auditor_purger;
-- Whoever purges writes the outputs anew, as a night does.
GRANT auditor_writer TO auditor_purger;
