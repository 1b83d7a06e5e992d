-- A page of due deadlines goes on where the one before ended, also where thousands are due at one
-- instant.
CREATE INDEX deadlines_in_order ON deadlines (due_at, stream_kind, stream_id);
DROP INDEX deadlines_by_time;
