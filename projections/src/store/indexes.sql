-- Made after a whole log was loaded, or with the tables of an empty file.
-- What never changes comes first: an index is written anew only where one of its columns may have changed.
CREATE UNIQUE INDEX case_by_id ON case_rows (case_id);
CREATE INDEX case_by_number    ON case_rows (case_no);
CREATE INDEX case_by_external  ON case_rows (external_id) WHERE external_id IS NOT NULL;
-- In the order of lists.
CREATE INDEX case_by_time      ON case_rows (received_at, opened, test);
CREATE INDEX case_by_source    ON case_rows (source, received_at, opened, test);
CREATE INDEX case_by_path      ON case_rows (path, received_at, opened, test);
CREATE INDEX case_by_unit      ON case_rows (unit, received_at, opened, test, path);
CREATE INDEX case_by_item      ON case_rows (item, received_at, opened, test, path);
CREATE INDEX case_by_locality  ON case_rows (locality, item, received_at, opened, test, path);
CREATE INDEX case_by_month     ON case_rows (month, received_at, opened, test);
CREATE INDEX case_over         ON case_rows (life, received_at, opened, test, path) WHERE open = 0;
CREATE INDEX case_late         ON case_rows (received_at, opened, test, path) WHERE on_time = 0;
CREATE INDEX case_reopened     ON case_rows (received_at, opened, test, path) WHERE reopened > 0;
CREATE INDEX case_escalated    ON case_rows (received_at, opened, test, path) WHERE escalations > 0;
-- Open cases are few among all: what people work with every day is answered from these alone.
CREATE INDEX open_by_life      ON case_rows (life, received_at, opened, test, path) WHERE open = 1;
CREATE INDEX open_by_path      ON case_rows (path, received_at, opened, test, life, running, due_at, amber_at, sign_due_at) WHERE open = 1;
CREATE INDEX open_responsible  ON case_rows (responsible, next_due_at, opened, test, path) WHERE open = 1;
CREATE INDEX open_led          ON case_rows (unit, next_due_at, opened, test, path) WHERE open = 1 AND responsible <> unit;
CREATE INDEX running_due       ON case_rows (due_at, opened, amber_at, path, test) WHERE running = 1;
CREATE INDEX running_amber     ON case_rows (amber_at, due_at, opened, path, test) WHERE running = 1;
CREATE INDEX unsigned_due      ON case_rows (sign_due_at, opened, path, test) WHERE life = 'dispatched';
CREATE INDEX callback_due      ON case_rows (next_due_at, opened, test, path) WHERE life = 'pending_callback';
CREATE INDEX leg_by_unit       ON legs (unit, due_at, opened, leg, test) WHERE open = 1;
CREATE INDEX leg_over          ON legs (unit, opened, leg, test) WHERE open = 0;
CREATE INDEX leg_by_due        ON legs (due_at, opened, leg, test, path, case_path) WHERE running = 1;
CREATE INDEX link_by_other   ON links (other_no, opened);
CREATE INDEX link_hangs      ON links (opened, other_no) WHERE hangs = 1;
CREATE INDEX wait_by_due  ON waits (due_at, since, opened, what, number, path, test);
CREATE INDEX wait_of_kind ON waits (what, due_at, since, opened, number, path, test);
CREATE INDEX wait_by_path ON waits (path, what, due_at, test);
CREATE INDEX paper_by_due  ON papers (due_at, opened, kind, number, state, since, path, case_path, test) WHERE open = 1;
CREATE INDEX paper_by_time ON papers (since, opened, kind, number, state, due_at, path, case_path, test);
CREATE INDEX paper_of_unit ON papers (unit, due_at, opened, kind, number, test) WHERE state = 'to_reply';
CREATE INDEX part_by_unit ON parts (unit, due_at, opened, part, test) WHERE open = 1;
CREATE INDEX part_over    ON parts (unit, opened, part, test) WHERE open = 0;
CREATE INDEX part_by_due  ON parts (due_at, opened, part, test, path, case_path) WHERE running = 1;
CREATE INDEX standing_open ON standing (opened) WHERE open;
CREATE INDEX theme_by_month    ON cells (month, total) WHERE kind = 'theme';
CREATE INDEX notification_of_case ON notifications (case_id, position);
CREATE INDEX told_unit     ON told (unit, at, role, unread, withdrawn, account);
CREATE INDEX told_unread   ON told (unit, role, account, withdrawn) WHERE unread = 1;
CREATE INDEX told_account  ON told (account, at, unread, withdrawn) WHERE account <> '';
CREATE INDEX delivery_due  ON deliveries (channel, send_at, urgency) WHERE parked = 0;
CREATE INDEX delivery_parked ON deliveries (id, number) WHERE parked = 1;
