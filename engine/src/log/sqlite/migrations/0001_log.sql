-- The events table of sqlite-es 0.5.0 with our columns behind its own. Ours have no defaults,
-- so that nobody writes here who does not know them.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY AUTOINCREMENT CHECK (position > 0),
    aggregate_type TEXT    NOT NULL,
    aggregate_id   TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence >= 0),
    event_type     TEXT    NOT NULL,
    event_version  TEXT    NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    occurred_at    INTEGER NOT NULL, -- microseconds since 1970
    recorded_at    INTEGER NOT NULL, -- microseconds since 1970
    actor          TEXT    NOT NULL,
    correlation    BLOB    NOT NULL CHECK (length(correlation) = 16),
    causation      BLOB    NOT NULL CHECK (length(causation) = 16),
    command_id     BLOB    NOT NULL CHECK (length(command_id) = 16),
    hash           BLOB    NOT NULL CHECK (length(hash) = 32),
    prev_hash      BLOB    NOT NULL CHECK (length(prev_hash) = 32),
    UNIQUE (aggregate_type, aggregate_id, sequence)
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are never changed'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are never deleted'); END;

-- What every accepted command led to, for ever.
CREATE TABLE receipts (
    command_id     BLOB    PRIMARY KEY CHECK (length(command_id) = 16),
    content_hash   BLOB    NOT NULL CHECK (length(content_hash) = 32),
    stream_kind    TEXT    NOT NULL,
    stream_id      BLOB    NOT NULL CHECK (length(stream_id) = 16),
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The next deadline of each stream for which a clock runs.
CREATE TABLE deadlines (
    stream_kind TEXT    NOT NULL,
    stream_id   BLOB    NOT NULL CHECK (length(stream_id) = 16),
    name        TEXT    NOT NULL,
    due_at      INTEGER NOT NULL, -- microseconds since 1970
    generation  INTEGER NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX deadlines_by_time ON deadlines (due_at);

-- Wrapped data keys; deleting one erases what it sealed.
CREATE TABLE case_keys (
    case_id BLOB PRIMARY KEY CHECK (length(case_id) = 16),
    wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who the log is and where it ends: one row.
CREATE TABLE log (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    log_id         BLOB    NOT NULL CHECK (length(log_id) = 16),
    jurisdiction   TEXT    NOT NULL,
    epoch          INTEGER NOT NULL,
    head_position  INTEGER NOT NULL,
    head_hash      BLOB    NOT NULL CHECK (length(head_hash) = 32),
    schema_version INTEGER NOT NULL
) STRICT;
