-- Who listens for what is committed, and what runs went to while somebody did.
-- min_reader: 1
-- min_writer: 1

-- The lease of one listening process on one topic.
CREATE TABLE listeners (
    id     BLOB    NOT NULL,
    topic  TEXT    NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (id, topic)
) WITHOUT ROWID;

-- Written only while somebody listens to runs, in the order of the commits, and kept for minutes. A state of a flow run
-- is named; of a task run there are the histories with the change and before it.
-- A key must not be given twice: SQLite counts on from the highest, so that row stays.
CREATE TABLE run_changes (
    seq             INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000),
    flow_run_id     BLOB,
    attempt         INTEGER,
    ordinal         INTEGER,
    task_run_id     BLOB,
    history         BLOB,
    history_before  BLOB
);
