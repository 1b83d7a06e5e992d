WITH moved AS (
    UPDATE log SET head_position = head_position + 1, head_hash = sha256('x') WHERE one = 1 RETURNING head_position
), happened AS (
    INSERT INTO events
    SELECT head_position, 'case', CAST(gen_random_uuid() AS text), head_position, 'CaseSigned', '1',
        json_build_object('text', repeat('签收', 50)), '{}', 1, 1, 'wang',
        gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), sha256('a'), sha256('b')
    FROM moved
), answered AS (
    INSERT INTO receipts SELECT gen_random_uuid(), sha256('c'), 'case', gen_random_uuid(), head_position, head_position FROM moved
), armed AS (
    INSERT INTO deadlines SELECT 'case', gen_random_uuid(), 'sign', head_position, 1 FROM moved
    ON CONFLICT (stream_kind, stream_id) DO UPDATE SET name = excluded.name, due_at = excluded.due_at, generation = excluded.generation
)
SELECT true FROM moved;
