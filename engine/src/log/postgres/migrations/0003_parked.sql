-- Streams whose messages are held back, from a position on, until a program understands them.
CREATE TABLE parked (
    stream_kind text   COLLATE "C" NOT NULL,
    stream_id   text   COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    reason      text   NOT NULL,
    PRIMARY KEY (stream_kind, stream_id)
);
