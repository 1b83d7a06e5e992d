-- Who does what only one node may do at a time. Until when is told by this database's clock alone;
-- `epoch` grows whenever another takes over.
CREATE TABLE leases (
    name       text        PRIMARY KEY,
    holder     text        NOT NULL,
    epoch      bigint      NOT NULL CHECK (epoch > 0),
    expires_at timestamptz NOT NULL
);
