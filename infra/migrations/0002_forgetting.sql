-- Users are forgotten (docs/security.md, Privacy): their rows stay, with 0 for the user and without what somebody wrote
-- as a reason.

-- Rows that still name a user: the oldest first, and all of one user.
CREATE INDEX waitings_to_forget ON waitings (created_at) WHERE user_id <> 0;
CREATE INDEX no_shows_to_forget ON no_shows (created_at) WHERE user_id <> 0;
CREATE INDEX waitings_of_user ON waitings (user_id) WHERE user_id <> 0;
CREATE INDEX no_shows_of_user ON no_shows (user_id) WHERE user_id <> 0;

-- Who was forgotten by name, so that a history that is built anew from the log does not bring them back: rows of theirs
-- from before `forgotten_at` are written without them. A mark is kept only as long as the log still has such records.
CREATE TABLE forgotten_users (
  user_id      bigint PRIMARY KEY,
  forgotten_at timestamptz NOT NULL,
  kept_until   timestamptz NOT NULL
);

-- Events name their waiting or no-show, and no user.
UPDATE waiting_events SET body = jsonb_set(body, '{waiting,userId}', '0', false) WHERE body ? 'waiting';
UPDATE waiting_events SET body = jsonb_set(body, '{noShow,userId}', '0', false) WHERE body ? 'noShow';
UPDATE waiting_events SET body = jsonb_set(body, '{live,userId}', '0', false)
WHERE jsonb_typeof(body -> 'live') = 'object';
UPDATE waiting_events SET body = jsonb_set(body, '{waiting,reason}', 'null', false)
WHERE body #>> '{waiting,reason}' NOT IN ('DAY_CLOSED', 'NO_ANSWER');
UPDATE waiting_events SET body = jsonb_set(body, '{noShow,reason}', 'null', false)
WHERE body #>> '{noShow,reason}' NOT IN ('DAY_CLOSED', 'NO_ANSWER');
