-- The history that outlives the queues' own memory. Rows carry the version of the event that wrote them, so that an
-- event applied again changes nothing. A deleted row stays, marked, and no read shows it.

-- A waiting as its last event left it.
CREATE TABLE waitings (
  waiting_id     bigint PRIMARY KEY,
  restaurant_id  bigint NOT NULL,
  dates_id       bigint NOT NULL,
  ticket_no      integer NOT NULL,
  user_id        bigint NOT NULL,
  user_count     integer NOT NULL,
  status         text NOT NULL,
  created_at     timestamptz NOT NULL,
  unanswered     integer NOT NULL,
  soon_told      boolean NOT NULL,
  called_at      timestamptz,
  deadline_at    timestamptz,
  move_minutes   integer,
  move_time_over boolean NOT NULL,
  finished_at    timestamptz,
  reason         text,
  deleted_at     timestamptz,
  version        bigint NOT NULL
);

-- Lists, in ticket order, of a restaurant and of one of its business days; and "delete all".
CREATE INDEX waitings_of_restaurant ON waitings (restaurant_id, waiting_id) WHERE deleted_at IS NULL;
CREATE INDEX waitings_of_day ON waitings (restaurant_id, dates_id, waiting_id) WHERE deleted_at IS NULL;

-- Every event. The newest of a restaurant says how far its history goes.
CREATE TABLE waiting_events (
  restaurant_id bigint NOT NULL,
  version       bigint NOT NULL,
  waiting_id    bigint,
  type          text NOT NULL,
  at            timestamptz NOT NULL,
  body          jsonb NOT NULL,
  PRIMARY KEY (restaurant_id, version)
);

CREATE TABLE no_shows (
  no_show_id    bigint PRIMARY KEY,
  restaurant_id bigint NOT NULL,
  user_id       bigint NOT NULL,
  waiting_id    bigint,
  dates_id      bigint,
  reason        text,
  created_at    timestamptz NOT NULL,
  deleted_at    timestamptz,
  version       bigint NOT NULL
);

CREATE INDEX no_shows_of_restaurant ON no_shows (restaurant_id, no_show_id) WHERE deleted_at IS NULL;

-- One row a partition: the next offset of waiting.events, moved in the transaction that applies the events before it.
-- Offsets mean nothing in another cluster's log, so the cluster stands beside them.
CREATE TABLE history_offsets (
  topic       text NOT NULL,
  partition   integer NOT NULL,
  cluster_id  text NOT NULL,
  next_offset bigint NOT NULL,
  PRIMARY KEY (topic, partition)
);
