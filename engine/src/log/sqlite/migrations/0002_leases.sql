-- Who does what only one process may do at a time; `epoch` grows whenever another takes over.
CREATE TABLE leases (
    name       TEXT    PRIMARY KEY,
    holder     TEXT    NOT NULL,
    epoch      INTEGER NOT NULL CHECK (epoch > 0),
    expires_at INTEGER NOT NULL -- microseconds since 1970
) STRICT, WITHOUT ROWID;
