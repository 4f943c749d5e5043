-- What each role may do with the tables: run as waiting_setup, who owns them, after every `waiting setup` that had
-- migrations to do; again, it changes nothing. Nobody but the owner deletes a row of the history, or a table.

GRANT SELECT, INSERT, UPDATE ON waitings, waiting_events, no_shows, history_offsets TO waiting_history;
-- A mark that the log has outlived is let go.
GRANT SELECT, DELETE ON forgotten_users TO waiting_history;

GRANT SELECT ON waitings, waiting_events, no_shows TO waiting_ingress;

GRANT SELECT ON waitings, waiting_events, no_shows, history_offsets, forgotten_users, migrations TO waiting_operator;
-- `waiting privacy forget`.
GRANT UPDATE ON waitings, no_shows TO waiting_operator;
GRANT INSERT, UPDATE ON forgotten_users TO waiting_operator;
