-- How long a process that reports over HTTP may be silent before it is presumed dead.
-- min_reader: 1
-- min_writer: 1

-- The lease of one journal; none for journals that their own home looks after.
CREATE TABLE journal_leases (
    journal     INTEGER NOT NULL PRIMARY KEY,
    term        INTEGER NOT NULL,
    renewed_at  INTEGER NOT NULL
);
