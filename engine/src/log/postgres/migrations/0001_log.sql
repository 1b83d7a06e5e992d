-- The events table of postgres-es 0.5.0 with our columns behind its own. Ours have no defaults,
-- so that nobody writes here who does not know them. Payloads are json and not jsonb, which
-- would rewrite the bytes that were hashed.
CREATE TABLE events (
    position       bigint PRIMARY KEY CHECK (position > 0),
    aggregate_type text   COLLATE "C" NOT NULL,
    aggregate_id   text   COLLATE "C" NOT NULL,
    sequence       bigint NOT NULL CHECK (sequence >= 0),
    event_type     text   NOT NULL,
    event_version  text   NOT NULL,
    payload        json   NOT NULL,
    metadata       json   NOT NULL,
    occurred_at    bigint NOT NULL, -- microseconds since 1970
    recorded_at    bigint NOT NULL, -- microseconds since 1970
    actor          text   NOT NULL,
    correlation    uuid   NOT NULL,
    causation      uuid   NOT NULL,
    command_id     uuid   NOT NULL,
    hash           bytea  NOT NULL CHECK (length(hash) = 32),
    prev_hash      bytea  NOT NULL CHECK (length(prev_hash) = 32),
    UNIQUE (aggregate_type, aggregate_id, sequence)
);

CREATE FUNCTION events_are_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed';
END
$$;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_never_changed();

-- What every accepted command led to, for ever.
CREATE TABLE receipts (
    command_id     uuid   PRIMARY KEY,
    content_hash   bytea  NOT NULL CHECK (length(content_hash) = 32),
    stream_kind    text   COLLATE "C" NOT NULL,
    stream_id      uuid   NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL
);

-- The next deadline of each stream for which a clock runs.
CREATE TABLE deadlines (
    stream_kind text   COLLATE "C" NOT NULL,
    stream_id   uuid   NOT NULL,
    name        text   NOT NULL,
    due_at      bigint NOT NULL, -- microseconds since 1970
    generation  bigint NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
);

CREATE INDEX deadlines_by_time ON deadlines (due_at);

-- Wrapped data keys; deleting one erases what it sealed.
CREATE TABLE case_keys (
    case_id uuid  PRIMARY KEY,
    wrapped bytea NOT NULL
);

-- Who the log is and where it ends: one row.
CREATE TABLE log (
    one            integer PRIMARY KEY CHECK (one = 1),
    log_id         uuid    NOT NULL,
    jurisdiction   text    NOT NULL,
    epoch          bigint  NOT NULL,
    head_position  bigint  NOT NULL,
    head_hash      bytea   NOT NULL CHECK (length(head_hash) = 32),
    schema_version bigint  NOT NULL
);
