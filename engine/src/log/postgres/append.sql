-- Writes a batch in one call: under the append lock, bound to the chain, with everything that belongs
-- to it. Numbers of places are relative: 1 is the first row of this batch. Answers where the log ended
-- before the batch (eight bytes of position, then the hash), or with nothing where the batch must be
-- judged anew, row by row: a command of it is known already, or one of its streams is not where the
-- decision saw it.
--
-- `hoped` is where the sender hopes that the log ends; the rows carry the chain as it is then.
--
-- Every statement of a function sees what was committed before it began: the reads come after the lock.
CREATE OR REPLACE FUNCTION append_batch(
    recorded_at bigint, event_version text, hoped bytea, happened event_row[], commands command_row[],
    -- Whether some command arms a deadline, ends one, or opens a case.
    arming boolean, ending boolean, opening boolean
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    base   bigint;
    before bytea;
    link   bytea := happened[cardinality(happened)].hash;
    stale  boolean;
    hashes bytea[];
    prevs  bytea[];
    happening event_row;
BEGIN
    PERFORM FROM log WHERE one = 1 FOR UPDATE;
    SELECT head_hash, greatest(head_position, (SELECT max(position) FROM events)),
        EXISTS (SELECT FROM unnest(commands) JOIN receipts ON command_id = command)
        OR EXISTS (
            SELECT FROM unnest(commands)
            WHERE expected > 0 AND NOT EXISTS (
                SELECT FROM events
                WHERE aggregate_type = kind AND aggregate_id = id::text AND sequence = expected
            )
        )
    INTO before, base, stale FROM log WHERE one = 1;
    IF stale THEN
        RETURN NULL;
    END IF;
    IF int8send(base) || before <> hoped THEN
        -- Somebody else has written since: the chain is made here.
        link := before;
        FOREACH happening IN ARRAY happened LOOP
            prevs[happening.place] := link;
            link := sha256('\x77686973746c65706f7374206c696e6b20320a'::bytea
                || link || int8send(base + happening.place) || happening.digest);
            hashes[happening.place] := link;
        END LOOP;
    END IF;
    INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at, actor, correlation, causation, command_id, hash, prev_hash)
    SELECT base + place, kind, id, sequence, type, append_batch.event_version, payload::json, metadata::json,
        occurred_at, append_batch.recorded_at, actor, correlation, causation, command,
        coalesce(hashes[place], hash), coalesce(prevs[place], prev_hash)
    FROM unnest(happened);
    INSERT INTO receipts (command_id, content_hash, stream_kind, stream_id, first_position, last_position)
    SELECT command, content_hash, kind, id, base + first, base + last FROM unnest(commands);
    IF arming THEN
        INSERT INTO deadlines (stream_kind, stream_id, name, due_at, generation)
        SELECT kind, id, deadline, due_at, expected + last - first + 1 FROM unnest(commands)
        WHERE deadline IS NOT NULL
        ON CONFLICT (stream_kind, stream_id) DO UPDATE
        SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation;
    END IF;
    IF ending THEN
        DELETE FROM deadlines USING unnest(commands)
        WHERE stream_kind = kind AND stream_id = id AND deadline IS NULL;
    END IF;
    IF opening THEN
        INSERT INTO case_keys (case_id, wrapped)
        SELECT id, wrapped_key FROM unnest(commands) WHERE wrapped_key IS NOT NULL;
    END IF;
    UPDATE log SET head_position = base + cardinality(happened), head_hash = link WHERE one = 1;
    RETURN int8send(base) || before;
END
$$;
