-- PostgreSQL reads the text of every such check anew with every statement; an append in flight alone paid
-- a twentieth of its time for them. `verify` judges all of it, and the chain.
ALTER TABLE events
    DROP CONSTRAINT events_position_check, DROP CONSTRAINT events_sequence_check,
    DROP CONSTRAINT events_hash_check, DROP CONSTRAINT events_prev_hash_check;
ALTER TABLE receipts DROP CONSTRAINT receipts_content_hash_check;
ALTER TABLE log DROP CONSTRAINT log_one_check, DROP CONSTRAINT log_head_hash_check;
