-- What only the API tells: how a flow run is carried out and its inputs, details of task runs, saved searches.
-- min_reader: 1
-- min_writer: 1

ALTER TABLE flow_runs ADD COLUMN infrastructure_pid TEXT;
ALTER TABLE flow_runs ADD COLUMN job_variables TEXT CHECK (job_variables IS NULL OR json_valid(job_variables));

-- Beside the rows of task runs, which journals report in their thousands without any of this.
CREATE TABLE task_run_details (
    task_run_id          BLOB NOT NULL PRIMARY KEY,
    policy               TEXT NOT NULL CHECK (json_valid(policy)),
    labels               TEXT NOT NULL CHECK (json_valid(labels)),
    inputs               TEXT NOT NULL CHECK (json_valid(inputs)),
    cache_key            TEXT,
    cache_expiration_at  INTEGER
) WITHOUT ROWID;

CREATE TABLE flow_run_inputs (
    flow_run_id  BLOB    NOT NULL,
    key          TEXT    NOT NULL,
    id           BLOB    NOT NULL,
    value        TEXT    NOT NULL,
    sender       TEXT,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (flow_run_id, key)
) WITHOUT ROWID;

CREATE TABLE saved_searches (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    filters     TEXT    NOT NULL CHECK (json_valid(filters)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);
