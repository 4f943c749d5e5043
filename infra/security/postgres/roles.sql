-- The roles of the history's database: run by a superuser, in that database, before the first `waiting setup`; again, it
-- changes nothing. Passwords are given apart: ALTER ROLE waiting_history PASSWORD '…'. grants.sql follows the setup.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY ['waiting_setup', 'waiting_history', 'waiting_ingress', 'waiting_operator'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', name);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name);
  END LOOP;
  -- Everybody may connect to a new database, and make temporary tables in it, unless told otherwise.
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  -- Of a database that was set up before it had roles.
  FOREACH name IN ARRAY
    ARRAY ['waitings', 'waiting_events', 'no_shows', 'history_offsets', 'forgotten_users', 'migrations']
  LOOP
    IF to_regclass('public.' || name) IS NOT NULL THEN
      EXECUTE format('ALTER TABLE public.%I OWNER TO waiting_setup', name);
    END IF;
  END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO waiting_setup;
GRANT USAGE ON SCHEMA public TO waiting_history, waiting_ingress, waiting_operator;
