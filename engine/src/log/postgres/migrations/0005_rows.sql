-- What append_batch takes: one value a row and one a command, instead of a list for every column.
CREATE TYPE event_row AS (
    place       bigint, -- 1 is the first of the batch
    kind        text,
    id          text,
    sequence    bigint,
    type        text,
    payload     text,
    metadata    text,
    occurred_at bigint,
    actor       text,
    correlation uuid,
    causation   uuid,
    command     uuid,
    digest      bytea,
    hash        bytea,
    prev_hash   bytea
);
CREATE TYPE command_row AS (
    command      uuid,
    content_hash bytea,
    kind         text,
    id           uuid,
    expected     bigint, -- sequence of the stream's last event as the decision saw it
    first        bigint, -- place of its first event
    last         bigint,
    deadline     text,   -- what the stream waits for afterwards; null for nothing
    due_at       bigint,
    wrapped_key  bytea   -- of a new case
);
