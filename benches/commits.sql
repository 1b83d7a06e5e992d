-- What PostgreSQL alone needs to commit the rows of one command, one command a commit, with nothing around
-- it: no rules, no sealing, no chain, no arguments, pgbench in place of a client. The limit of one in flight.
--
--   psql -f benches/commits.sql DB                                makes the tables, as in the product
--   pgbench -n -M prepared -c 1 -j 1 -T 10 -f benches/command.sql DB
CREATE TABLE events (
    position bigint PRIMARY KEY, aggregate_type text COLLATE "C" NOT NULL, aggregate_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL, event_type text NOT NULL, event_version text NOT NULL, payload json NOT NULL,
    metadata json NOT NULL, occurred_at bigint NOT NULL, recorded_at bigint NOT NULL, actor text NOT NULL,
    correlation uuid NOT NULL, causation uuid NOT NULL, command_id uuid NOT NULL, hash bytea NOT NULL,
    prev_hash bytea NOT NULL, UNIQUE (aggregate_type, aggregate_id, sequence)
);
CREATE TABLE receipts (
    command_id uuid PRIMARY KEY, content_hash bytea NOT NULL, stream_kind text COLLATE "C" NOT NULL,
    stream_id uuid NOT NULL, first_position bigint NOT NULL, last_position bigint NOT NULL
);
CREATE TABLE deadlines (
    stream_kind text COLLATE "C" NOT NULL, stream_id uuid NOT NULL, name text NOT NULL, due_at bigint NOT NULL,
    generation bigint NOT NULL, PRIMARY KEY (stream_kind, stream_id)
);
CREATE INDEX deadlines_in_order ON deadlines (due_at, stream_kind, stream_id);
CREATE TABLE log (one integer PRIMARY KEY, head_position bigint NOT NULL, head_hash bytea NOT NULL);
INSERT INTO log VALUES (1, 0, '\x00');
