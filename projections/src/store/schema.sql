-- The views. Everything here can be made again from the log.
-- Times are microseconds since 1970. Unknown texts are empty, so that one comparison finds them.

-- What cases are searched by.
CREATE TABLE case_rows (
    opened        INTEGER PRIMARY KEY,  -- position of the case's first event
    case_id       BLOB    NOT NULL,
    case_no       TEXT    NOT NULL,
    external_id   TEXT,
    source        TEXT    NOT NULL,
    received_at   INTEGER NOT NULL,
    test          INTEGER NOT NULL,
    path          TEXT    NOT NULL,     -- who may see it
    unit          TEXT    NOT NULL,     -- lead
    item          TEXT    NOT NULL,
    locality      TEXT    NOT NULL,     -- community of the place
    month         TEXT    NOT NULL,
    life          TEXT    NOT NULL,
    open          INTEGER NOT NULL,     -- somebody has to do something
    running       INTEGER NOT NULL,     -- time works against the result
    recorded      INTEGER NOT NULL,
    responsible   TEXT    NOT NULL,
    rung          TEXT    NOT NULL,
    due_at        INTEGER,
    amber_at      INTEGER,
    sign_due_at   INTEGER,              -- while it is not signed
    next_due_at   INTEGER NOT NULL,     -- the greatest number where nothing is due
    on_time       INTEGER,
    reopened      INTEGER NOT NULL,
    escalations   INTEGER NOT NULL
);

-- The whole row as JSON, apart: what is searched stays small.
CREATE TABLE case_bodies (
    opened INTEGER PRIMARY KEY,
    body   TEXT    NOT NULL
);

-- 吹哨: one row for each unit that was called.
CREATE TABLE legs (
    opened    INTEGER NOT NULL,         -- position of the case's first event
    leg       INTEGER NOT NULL,         -- number within the case
    unit      TEXT    NOT NULL,         -- who is called
    path      TEXT    NOT NULL,         -- of the called unit
    case_path TEXT    NOT NULL,         -- who may see the case
    test      INTEGER NOT NULL,
    open      INTEGER NOT NULL,         -- it has not left, and the case is open
    due_at    INTEGER NOT NULL,         -- what it owes next; the greatest number where that is nothing
    running   INTEGER NOT NULL,         -- that limit runs
    PRIMARY KEY (opened, leg)
) WITHOUT ROWID;
-- 关联、并单: what a case was linked with or merged into. Asked from the other side.
CREATE TABLE links (
    opened   INTEGER NOT NULL,          -- position of the case's first event
    other_no TEXT    NOT NULL,          -- number of the other case
    hangs    INTEGER NOT NULL,          -- merged into it, and its complainant has not had the last word
    PRIMARY KEY (opened, other_no)
) WITHOUT ROWID;

-- What waits for somebody's decision.
CREATE TABLE waits (
    opened INTEGER NOT NULL,            -- position of the case's first event
    what   TEXT    NOT NULL,            -- return, objection, extension …
    number INTEGER NOT NULL,            -- leg, part or whistle that it is about; 0: the case
    path   TEXT    NOT NULL,            -- who may see the case
    test   INTEGER NOT NULL,
    due_at INTEGER NOT NULL,            -- until when; the greatest number where there is no limit
    since  INTEGER NOT NULL,
    PRIMARY KEY (opened, what, number)
) WITHOUT ROWID;

-- 督办: orders, notices, listings, interviews and urges.
CREATE TABLE papers (
    opened    INTEGER NOT NULL,         -- position of the case's first event
    kind      TEXT    NOT NULL,         -- urge, written_urge, order, notice, listing, interview
    number    INTEGER NOT NULL,         -- number within the case, of its kind
    unit      TEXT    NOT NULL,         -- about whom; empty where that unit is kept from the case
    path      TEXT    NOT NULL,         -- of that unit
    case_path TEXT    NOT NULL,         -- who may see the case
    test      INTEGER NOT NULL,
    state     TEXT    NOT NULL,
    open      INTEGER NOT NULL,         -- somebody has something to do
    due_at    INTEGER NOT NULL,         -- until when; the greatest number where there is no limit
    since     INTEGER NOT NULL,
    PRIMARY KEY (opened, kind, number)
) WITHOUT ROWID;

-- 分办: one row for each unit that has, or had, a part.
CREATE TABLE parts (
    opened    INTEGER NOT NULL,         -- position of the case's first event
    part      INTEGER NOT NULL,         -- number within the case
    unit      TEXT    NOT NULL,         -- whose
    path      TEXT    NOT NULL,         -- of that unit
    case_path TEXT    NOT NULL,         -- who may see the case
    test      INTEGER NOT NULL,
    open      INTEGER NOT NULL,         -- it is not over, and the case is open
    asking    INTEGER NOT NULL,         -- its unit asks to be released
    due_at    INTEGER NOT NULL,         -- what it owes next; the greatest number where that is nothing
    running   INTEGER NOT NULL,         -- that limit runs
    PRIMARY KEY (opened, part)
) WITHOUT ROWID;

-- The case's own fold as JSON, so that revised rules can be tried on every open case at once. History has none.
CREATE TABLE standing (
    opened INTEGER PRIMARY KEY,
    open   INTEGER NOT NULL,            -- somebody has to do something
    state  TEXT    NOT NULL
);

-- What cases are found by: no text, only which word stands in which case. `views/words.rs` makes the words.
CREATE VIRTUAL TABLE case_words USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
CREATE VIRTUAL TABLE case_vocabulary USING fts5vocab (case_words, row);

-- Numbers, counted on with every event. Test orders are counted nowhere.
CREATE TABLE cells (
    kind      TEXT    NOT NULL,         -- unit, item, everywhere, life, theme: what the name is; unit_ever, item_ever: over all months
    path      TEXT    NOT NULL,         -- who may see the cases; empty for kind everywhere
    name      TEXT    NOT NULL,         -- unit, item, item, state of life
    rung      TEXT    NOT NULL,         -- of units only
    month     TEXT    NOT NULL,         -- of kinds unit, item, everywhere only
    total     INTEGER NOT NULL,
    open      INTEGER NOT NULL,
    closed    INTEGER NOT NULL,
    on_time   INTEGER NOT NULL,
    late      INTEGER NOT NULL,
    reopened  INTEGER NOT NULL,
    escalated INTEGER NOT NULL,
    grid      INTEGER NOT NULL,         -- closed by a grid
    community INTEGER NOT NULL,         -- closed by a community or below
    excluded  INTEGER NOT NULL,         -- left out of the rates
    PRIMARY KEY (kind, path, name, rung, month)
) WITHOUT ROWID;

-- What each case adds to the figures, and since when: one row for the unit that leads it, and one for each other unit
-- that has to do with it. The tally is packed; `metrics/tally.rs` reads it.
CREATE TABLE facts (
    past   INTEGER NOT NULL,            -- 0: it holds still
    day    INTEGER NOT NULL,            -- of the limit, else of the arrival; days since 1970 in Chinese time
    path   TEXT    NOT NULL,            -- of the unit it is counted for
    opened INTEGER NOT NULL,            -- position of the case's first event
    number INTEGER NOT NULL,            -- 0: the case's own
    since  INTEGER NOT NULL,            -- the day on which it was recorded
    until  INTEGER NOT NULL,            -- the day on which another took its place; the greatest number while it holds
    unit   TEXT    NOT NULL,
    rung   TEXT    NOT NULL,
    item   TEXT    NOT NULL,
    place  TEXT    NOT NULL,            -- community of the place
    tally  BLOB    NOT NULL,
    PRIMARY KEY (past, day, path, opened, number, since)
) WITHOUT ROWID;
CREATE INDEX fact_that_holds ON facts (opened) WHERE past = 0;

-- 通知: the fold of each as JSON.
CREATE TABLE notifications (
    id       BLOB    PRIMARY KEY,
    case_id  BLOB    NOT NULL,
    position INTEGER NOT NULL,          -- of its first event
    state    TEXT    NOT NULL
) WITHOUT ROWID;
-- Who has it before them.
CREATE TABLE told (
    id        BLOB    NOT NULL,
    place     INTEGER NOT NULL,         -- in the order in which they were told
    unit      TEXT    NOT NULL,
    role      TEXT    NOT NULL,         -- who of the unit; empty: all
    account   TEXT    NOT NULL,         -- who besides; empty: nobody
    at        INTEGER NOT NULL,
    unread    INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    PRIMARY KEY (id, place)
) WITHOUT ROWID;
-- What waits to go out, or was given up.
CREATE TABLE deliveries (
    id      BLOB    NOT NULL,
    number  INTEGER NOT NULL,           -- within the notification
    channel TEXT    NOT NULL,
    urgency INTEGER NOT NULL,
    send_at INTEGER NOT NULL,           -- not before; the greatest number where it is parked
    parked  INTEGER NOT NULL,
    PRIMARY KEY (id, number)
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
-- By which tree of units the paths were written: its hash, zeroes before the first event.
INSERT INTO checkpoint VALUES ('paths', 0, zeroblob(32), 0);
