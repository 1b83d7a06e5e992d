-- Writes a batch in one call: under the append lock, bound to the chain, with everything that belongs
-- to it. Numbers of places are relative: 1 is the first row of this batch. Answers where the log ended
-- before the batch (eight bytes of position, then the hash), or with nothing where the batch must be
-- judged anew, row by row: a command of it is known already, or one of its streams is not where the
-- decision saw it.
--
-- Every statement of a function sees what was committed before it began: the reads come after the lock.
CREATE OR REPLACE FUNCTION append_batch(
    recorded_at bigint, event_version text,
    -- One element an event.
    kinds text[], ids text[], sequences bigint[], types text[], payloads text[], metadatas text[],
    occurred_ats bigint[], actors text[], correlations uuid[], causations uuid[], commands uuid[],
    digests bytea[],
    -- Where the sender hopes that the log ends, and the chain as it is then.
    hoped bytea, hashes bytea[], prevs bytea[],
    -- One element a command.
    command_ids uuid[], content_hashes bytea[], command_kinds text[], stream_ids uuid[], expecteds bigint[],
    firsts bigint[], lasts bigint[],
    -- One element a deadline, a stream without one, a new case.
    armed_kinds text[], armed_ids uuid[], names text[], due_ats bigint[], generations bigint[],
    disarmed_kinds text[], disarmed_ids uuid[],
    cases uuid[], wrappeds bytea[]
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    base   bigint;
    before bytea;
    link   bytea;
    stale  boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('whistlepost append ' || current_schema(), 0));
    SELECT head_hash, greatest(head_position, (SELECT max(position) FROM events)),
        EXISTS (SELECT FROM receipts WHERE command_id = ANY (command_ids))
        OR EXISTS (
            SELECT FROM unnest(command_kinds, stream_ids, expecteds) AS wanted (kind, id, expected)
            WHERE expected > 0 AND NOT EXISTS (
                SELECT FROM events
                WHERE aggregate_type = kind AND aggregate_id = id::text AND sequence = expected
            )
        )
    INTO before, base, stale FROM log WHERE one = 1;
    IF stale THEN
        RETURN NULL;
    END IF;
    link := hashes[cardinality(hashes)];
    IF int8send(base) || before <> hoped THEN
        -- Somebody else has written since: the chain is made here.
        link := before;
        FOR i IN 1 .. cardinality(digests) LOOP
            prevs[i] := link;
            link := sha256('\x77686973746c65706f7374206c696e6b20320a'::bytea || link || int8send(base + i) || digests[i]);
            hashes[i] := link;
        END LOOP;
    END IF;
    INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
        payload, metadata, occurred_at, recorded_at, actor, correlation, causation, command_id, hash, prev_hash)
    SELECT base + place, kind, id, sequence, type, append_batch.event_version, payload::json, metadata::json,
        occurred_at, append_batch.recorded_at, actor, correlation, causation, command, hash, prev_hash
    FROM unnest(kinds, ids, sequences, types, payloads, metadatas, occurred_ats, actors, correlations,
            causations, commands, hashes, prevs) WITH ORDINALITY
        AS row (kind, id, sequence, type, payload, metadata, occurred_at, actor, correlation, causation,
            command, hash, prev_hash, place);
    INSERT INTO receipts (command_id, content_hash, stream_kind, stream_id, first_position, last_position)
    SELECT command, content_hash, kind, id, base + first, base + last
    FROM unnest(command_ids, content_hashes, command_kinds, stream_ids, firsts, lasts)
        AS row (command, content_hash, kind, id, first, last);
    IF cardinality(names) > 0 THEN
        INSERT INTO deadlines (stream_kind, stream_id, name, due_at, generation)
        SELECT * FROM unnest(armed_kinds, armed_ids, names, due_ats, generations)
        ON CONFLICT (stream_kind, stream_id) DO UPDATE
        SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation;
    END IF;
    IF cardinality(disarmed_ids) > 0 THEN
        DELETE FROM deadlines USING unnest(disarmed_kinds, disarmed_ids) AS row (kind, id)
        WHERE stream_kind = kind AND stream_id = id;
    END IF;
    IF cardinality(cases) > 0 THEN
        INSERT INTO case_keys (case_id, wrapped) SELECT * FROM unnest(cases, wrappeds);
    END IF;
    UPDATE log SET head_position = base + cardinality(digests), head_hash = link WHERE one = 1;
    RETURN int8send(base) || before;
END
$$;
