-- Streams whose messages are held back, from a position on, until a program understands them.
CREATE TABLE parked (
    stream_kind TEXT    NOT NULL,
    stream_id   TEXT    NOT NULL,
    position    INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
) STRICT, WITHOUT ROWID;
