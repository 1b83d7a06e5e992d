-- The views. Everything here can be made again from the log.
-- Times are microseconds since 1970. Unknown texts are empty, so that one comparison finds them.

CREATE TABLE case_rows (
    opened        INTEGER PRIMARY KEY,  -- position of the case's first event
    case_id       BLOB    NOT NULL UNIQUE,
    case_no       TEXT    NOT NULL,
    external_id   TEXT,
    source        TEXT    NOT NULL,
    life          TEXT    NOT NULL,
    open          INTEGER NOT NULL,     -- somebody has to do something
    running       INTEGER NOT NULL,     -- time works against the result
    recorded      INTEGER NOT NULL,
    test          INTEGER NOT NULL,
    path          TEXT    NOT NULL,     -- who may see it
    unit          TEXT    NOT NULL,     -- lead
    responsible   TEXT    NOT NULL,
    rung          TEXT    NOT NULL,
    item          TEXT    NOT NULL,
    month         TEXT    NOT NULL,
    received_at   INTEGER NOT NULL,
    due_at        INTEGER,
    amber_at      INTEGER,
    sign_due_at   INTEGER,              -- while it is not signed
    next_due_at   INTEGER NOT NULL,     -- the greatest number where nothing is due
    on_time       INTEGER,
    reopened      INTEGER NOT NULL,
    escalations   INTEGER NOT NULL,
    body          TEXT    NOT NULL      -- the whole row as JSON
);

CREATE INDEX case_by_number   ON case_rows (case_no);
CREATE INDEX case_by_external ON case_rows (external_id) WHERE external_id IS NOT NULL;
-- In the order of lists; `test` at the end so that counting reads nothing but the index.
CREATE INDEX case_by_time     ON case_rows (received_at, opened, test);
CREATE INDEX case_by_path     ON case_rows (path, received_at, opened, test);
CREATE INDEX case_by_unit     ON case_rows (unit, received_at, opened, test);
CREATE INDEX case_by_item     ON case_rows (item, received_at, opened, test);
CREATE INDEX case_by_source   ON case_rows (source, received_at, opened, test);
CREATE INDEX case_by_life     ON case_rows (life, received_at, opened, test);
CREATE INDEX case_by_month    ON case_rows (month, unit, rung, item, test);
CREATE INDEX case_late        ON case_rows (received_at, opened, test) WHERE on_time = 0;
CREATE INDEX case_reopened    ON case_rows (received_at, opened, test) WHERE reopened > 0;
CREATE INDEX case_escalated   ON case_rows (received_at, opened, test) WHERE escalations > 0;
-- Open cases are few among all: what people work with every day is answered from these alone.
CREATE INDEX open_cases       ON case_rows
    (path, life, open, running, due_at, amber_at, sign_due_at, escalations, test, received_at, opened) WHERE open = 1;
CREATE INDEX open_due         ON case_rows (due_at, amber_at, running, path, test, received_at, opened) WHERE running = 1;
CREATE INDEX open_responsible ON case_rows (responsible, next_due_at, test, path) WHERE open = 1;
CREATE INDEX open_lead        ON case_rows (unit, next_due_at, test, path) WHERE open = 1;

-- What cases are found by: no text, only which word stands in which case. `views/words.rs` makes the words.
CREATE VIRTUAL TABLE case_words USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
CREATE VIRTUAL TABLE case_vocabulary USING fts5vocab (case_words, row);

CREATE TABLE board_cells (
    month     TEXT    NOT NULL,
    path      TEXT    NOT NULL,
    unit      TEXT    NOT NULL,
    rung      TEXT    NOT NULL,
    item      TEXT    NOT NULL,
    total     INTEGER NOT NULL,
    open      INTEGER NOT NULL,
    closed    INTEGER NOT NULL,
    on_time   INTEGER NOT NULL,
    late      INTEGER NOT NULL,
    reopened  INTEGER NOT NULL,
    escalated INTEGER NOT NULL,
    PRIMARY KEY (month, path, unit, rung, item)
) WITHOUT ROWID;

-- Streams with an event that could not be taken; theirs are skipped until somebody replays them.
CREATE TABLE parked (
    stream        TEXT    PRIMARY KEY,
    position      INTEGER NOT NULL,     -- of the first event that could not be taken
    reason        TEXT    NOT NULL,
    skipped       INTEGER NOT NULL,     -- events that came after
    last_position INTEGER NOT NULL,
    replay_asked  INTEGER NOT NULL
) WITHOUT ROWID;

-- How far the log is folded, with the head of its chain there; epoch: whoever claimed it last may write.
CREATE TABLE checkpoint (
    name     TEXT    PRIMARY KEY,
    position INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    epoch    INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO checkpoint VALUES ('cases', 0, zeroblob(32), 0);
