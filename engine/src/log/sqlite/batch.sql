-- What an appending connection makes for itself: rows put into `batch` become a part of a batch. A row
-- is an event; the first of an entry carries what is written with it, the first of all where the log
-- ends afterwards. Whatever does not fit the log breaks a rule of its tables, and nothing is written.
CREATE TEMP VIEW batch (
    position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
    occurred_at, recorded_at, actor, correlation, causation, command_id, hash, prev_hash,
    content_hash, stream_id, last_position, deadline, due_at, generation, wrapped,
    end_position, end_hash
) AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER batch_is_written INSTEAD OF INSERT ON batch WHEN new.position IS NOT NULL
BEGIN
    -- The log ends where the rows were bound to it; if not, the position is not given.
    UPDATE log
    SET head_position = CASE WHEN head_hash = new.prev_hash AND head_position < new.position
            AND NOT EXISTS (SELECT * FROM events WHERE position >= new.position)
        THEN new.end_position END,
        head_hash = new.end_hash
    WHERE new.end_position IS NOT NULL;

    -- The stream has what the decision saw of it; what it has beyond that shows as a place that is taken.
    INSERT INTO receipts
    SELECT new.command_id, new.content_hash, new.aggregate_type, new.stream_id,
        CASE WHEN new.sequence = 1 OR EXISTS (
            SELECT * FROM events
            WHERE aggregate_type = new.aggregate_type AND aggregate_id = new.aggregate_id
            AND sequence = new.sequence - 1
        ) THEN new.position END,
        new.last_position
    WHERE new.content_hash IS NOT NULL;

    -- What the stream waits for now replaces what it waited for: also where two steps of the ladder
    -- fall on one instant, each is its own.
    INSERT INTO deadlines
    SELECT new.aggregate_type, new.stream_id, new.deadline, new.due_at, new.generation
    WHERE new.deadline IS NOT NULL
    ON CONFLICT (stream_kind, stream_id) DO UPDATE
    SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation;

    DELETE FROM deadlines
    WHERE new.content_hash IS NOT NULL AND new.deadline IS NULL
    AND stream_kind = new.aggregate_type AND stream_id = new.stream_id;

    INSERT INTO case_keys SELECT new.stream_id, new.wrapped WHERE new.wrapped IS NOT NULL;

    INSERT INTO events VALUES (
        new.position, new.aggregate_type, new.aggregate_id, new.sequence, new.event_type,
        new.event_version, new.payload, new.metadata, new.occurred_at, new.recorded_at, new.actor,
        new.correlation, new.causation, new.command_id, new.hash, new.prev_hash
    );
END;
