-- Flows, their runs, task runs, states, logs, edges, and the journals that report them.
-- min_reader: 1
-- min_writer: 1
--
-- Ids are blobs of 16 bytes, instants integer microseconds since 1970 UTC, JSON is text that is checked.
-- No foreign keys: a report may arrive before what it belongs to, and may outlive it.
-- Rowid tables on purpose: a secondary index then carries a small integer, not a key of 16 bytes.

CREATE TABLE meta (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    store_id        TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    schema_version  INTEGER NOT NULL,
    min_reader      INTEGER NOT NULL,
    min_writer      INTEGER NOT NULL
);

CREATE TABLE flows (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    tags        TEXT    NOT NULL DEFAULT '[]',
    labels      TEXT    NOT NULL DEFAULT '{}'
);

-- `key` stands for the journal in the rows that it reported: 1 to 3 bytes instead of 16.
CREATE TABLE journals (
    key            INTEGER PRIMARY KEY,
    id             BLOB    NOT NULL UNIQUE,
    host           TEXT    NOT NULL,
    boot_id        TEXT    NOT NULL,
    pid            INTEGER NOT NULL,
    started_at     INTEGER NOT NULL,
    states_cursor  INTEGER NOT NULL,
    logs_cursor    INTEGER NOT NULL,
    closed_at      INTEGER
);

CREATE TABLE flow_runs (
    id                  BLOB    NOT NULL PRIMARY KEY,
    flow_id             BLOB    NOT NULL,
    name                TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    attempt             INTEGER NOT NULL,
    ordinal             INTEGER NOT NULL,
    state_id            BLOB,
    state_type          TEXT,
    state_name          TEXT,
    state_at            INTEGER,
    parameters          TEXT    NOT NULL CHECK (json_valid(parameters)),
    tags                TEXT    NOT NULL,
    labels              TEXT    NOT NULL CHECK (json_valid(labels)),
    context             TEXT    NOT NULL CHECK (json_valid(context)),
    policy              TEXT    NOT NULL CHECK (json_valid(policy)),
    parent_task_run_id  BLOB,
    flow_version        TEXT,
    idempotency_key     TEXT,
    run_count           INTEGER NOT NULL,
    expected_start_at   INTEGER,
    next_scheduled_at   INTEGER,
    start_at            INTEGER,
    end_at              INTEGER,
    running_us          INTEGER NOT NULL,
    journal             INTEGER
);

CREATE INDEX flow_runs_by_flow ON flow_runs (flow_id);
CREATE INDEX flow_runs_by_state ON flow_runs (state_type);
-- The order in which runs are shown; one that has not started counts as starting when it was to start.
CREATE INDEX flow_runs_by_start ON flow_runs (coalesce(start_at, expected_start_at));
CREATE INDEX flow_runs_by_expected_start ON flow_runs (expected_start_at);
CREATE INDEX flow_runs_by_end ON flow_runs (end_at) WHERE end_at IS NOT NULL;
CREATE INDEX flow_runs_by_parent ON flow_runs (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;
CREATE UNIQUE INDEX flow_runs_by_idempotency_key ON flow_runs (flow_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX flow_runs_unfinished ON flow_runs (journal)
    WHERE journal IS NOT NULL AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED');

-- `id` is computed from the key, and begins as the run's does: it needs no index to be found by.
CREATE TABLE flow_run_states (
    id           BLOB    NOT NULL,
    flow_run_id  BLOB    NOT NULL,
    attempt      INTEGER NOT NULL,
    ordinal      INTEGER NOT NULL,
    type         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    message      TEXT,
    details      TEXT CHECK (details IS NULL OR json_valid(details)),
    data         TEXT CHECK (data IS NULL OR json_valid(data)),
    PRIMARY KEY (flow_run_id, attempt, ordinal)
) WITHOUT ROWID;

-- A task run that begins and ends in one batch is one row: its states are packed in `history`.
CREATE TABLE task_runs (
    id            BLOB    NOT NULL PRIMARY KEY,
    flow_run_id   BLOB,
    name          TEXT    NOT NULL,
    task_key      TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    ordinal       INTEGER NOT NULL,
    state_type    TEXT    NOT NULL,
    state_name    TEXT    NOT NULL,
    state_at      INTEGER NOT NULL,
    history       BLOB    NOT NULL,
    revision      INTEGER NOT NULL,
    run_count     INTEGER NOT NULL,
    tags          TEXT    NOT NULL,
    dynamic_key   TEXT,
    task_version  TEXT,
    start_at      INTEGER,
    end_at        INTEGER,
    running_us    INTEGER NOT NULL,
    journal       INTEGER
);

-- Four indexes at most, that of the primary key among them.
CREATE INDEX task_runs_by_flow_run ON task_runs (flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX task_runs_by_start ON task_runs (start_at);
CREATE INDEX task_runs_unfinished ON task_runs (journal)
    WHERE journal IS NOT NULL AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED');

CREATE TABLE edges (
    downstream  BLOB NOT NULL,
    parameter   TEXT NOT NULL,
    upstream    BLOB NOT NULL,
    PRIMARY KEY (downstream, parameter, upstream)
) WITHOUT ROWID;

CREATE TABLE logs (
    seq          INTEGER PRIMARY KEY,
    flow_run_id  BLOB,
    task_run_id  BLOB,
    at           INTEGER NOT NULL,
    level        INTEGER NOT NULL,
    logger       TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    journal      INTEGER,
    position     INTEGER
);

CREATE UNIQUE INDEX logs_by_position ON logs (journal, position) WHERE journal IS NOT NULL;
CREATE INDEX logs_by_flow_run ON logs (flow_run_id, at) WHERE flow_run_id IS NOT NULL;
CREATE INDEX logs_by_task_run ON logs (task_run_id) WHERE task_run_id IS NOT NULL;

CREATE TABLE dead_letters (
    journal   INTEGER NOT NULL,
    series    TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    payload   BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (journal, series, position)
) WITHOUT ROWID;

-- What is still reported of a deleted flow run must not bring back parts of it, whenever it arrives.
CREATE TABLE deleted_flow_runs (
    id  BLOB NOT NULL PRIMARY KEY
) WITHOUT ROWID;
