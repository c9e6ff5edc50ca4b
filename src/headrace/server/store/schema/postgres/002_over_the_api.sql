-- What only the API tells: how a flow run is carried out and its inputs, details of task runs, saved searches.
-- min_reader: 1
-- min_writer: 1

ALTER TABLE flow_runs ADD COLUMN infrastructure_pid text;
ALTER TABLE flow_runs ADD COLUMN job_variables jsonb;

-- Beside the rows of task runs, which journals report in their thousands without any of this.
CREATE TABLE task_run_details (
    task_run_id          uuid  NOT NULL PRIMARY KEY,
    policy               jsonb NOT NULL,
    labels               jsonb NOT NULL,
    inputs               jsonb NOT NULL,
    cache_key            text,
    cache_expiration_at  bigint
);

CREATE TABLE flow_run_inputs (
    flow_run_id  uuid   NOT NULL,
    key          text   NOT NULL,
    id           uuid   NOT NULL,
    value        text   NOT NULL,
    sender       text,
    created_at   bigint NOT NULL,
    PRIMARY KEY (flow_run_id, key)
);

CREATE TABLE saved_searches (
    id          uuid   NOT NULL PRIMARY KEY,
    name        text   NOT NULL UNIQUE,
    filters     jsonb  NOT NULL,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL
);
