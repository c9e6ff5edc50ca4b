-- Flows, their runs, task runs, states, logs, edges, and the journals that report them.
-- min_reader: 1
-- min_writer: 1
--
-- Ids are uuid, instants bigint microseconds since 1970 UTC, JSON is jsonb.
-- No foreign keys: a report may arrive before what it belongs to, and may outlive it.

CREATE TABLE meta (
    only_row        integer PRIMARY KEY CHECK (only_row = 1),
    store_id        text    NOT NULL,
    created_at      bigint  NOT NULL,
    schema_version  integer NOT NULL,
    min_reader      integer NOT NULL,
    min_writer      integer NOT NULL
);

CREATE TABLE flows (
    id          uuid   NOT NULL PRIMARY KEY,
    name        text   NOT NULL UNIQUE,
    created_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    tags        jsonb  NOT NULL DEFAULT '[]',
    labels      jsonb  NOT NULL DEFAULT '{}'
);

-- `key` stands for the journal in the rows that it reported.
CREATE TABLE journals (
    key            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id             uuid   NOT NULL UNIQUE,
    host           text   NOT NULL,
    boot_id        text   NOT NULL,
    pid            bigint NOT NULL,
    started_at     bigint NOT NULL,
    states_cursor  bigint NOT NULL,
    logs_cursor    bigint NOT NULL,
    closed_at      bigint
);

CREATE TABLE flow_runs (
    id                  uuid    NOT NULL PRIMARY KEY,
    flow_id             uuid    NOT NULL,
    name                text    NOT NULL,
    created_at          bigint  NOT NULL,
    updated_at          bigint  NOT NULL,
    attempt             integer NOT NULL,
    ordinal             integer NOT NULL,
    state_id            uuid,
    state_type          text,
    state_name          text,
    state_at            bigint,
    parameters          jsonb   NOT NULL,
    tags                jsonb   NOT NULL,
    labels              jsonb   NOT NULL,
    context             jsonb   NOT NULL,
    policy              jsonb   NOT NULL,
    parent_task_run_id  uuid,
    flow_version        text,
    idempotency_key     text,
    run_count           integer NOT NULL,
    expected_start_at   bigint,
    next_scheduled_at   bigint,
    start_at            bigint,
    end_at              bigint,
    running_us          bigint  NOT NULL,
    journal             bigint
);

CREATE INDEX flow_runs_by_flow ON flow_runs (flow_id);
CREATE INDEX flow_runs_by_state ON flow_runs (state_type);
-- The order in which runs are shown; one that has not started counts as starting when it was to start.
CREATE INDEX flow_runs_by_start ON flow_runs ((coalesce(start_at, expected_start_at)) DESC NULLS LAST);
CREATE INDEX flow_runs_by_expected_start ON flow_runs (expected_start_at DESC NULLS LAST);
CREATE INDEX flow_runs_by_end ON flow_runs (end_at DESC NULLS LAST);
CREATE INDEX flow_runs_by_parent ON flow_runs (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;
CREATE UNIQUE INDEX flow_runs_by_idempotency_key ON flow_runs (flow_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX flow_runs_unfinished ON flow_runs (journal)
    WHERE journal IS NOT NULL AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED');

-- `id` is computed from the key, and begins as the run's does: it needs no index to be found by.
CREATE TABLE flow_run_states (
    id           uuid    NOT NULL,
    flow_run_id  uuid    NOT NULL,
    attempt      integer NOT NULL,
    ordinal      integer NOT NULL,
    type         text    NOT NULL,
    name         text    NOT NULL,
    at           bigint  NOT NULL,
    message      text,
    details      jsonb,
    data         jsonb,
    PRIMARY KEY (flow_run_id, attempt, ordinal)
);

-- A task run that begins and ends in one batch is one row: its states are packed in `history`.
CREATE TABLE task_runs (
    id            uuid    NOT NULL PRIMARY KEY,
    flow_run_id   uuid,
    name          text    NOT NULL,
    task_key      text    NOT NULL,
    created_at    bigint  NOT NULL,
    updated_at    bigint  NOT NULL,
    attempt       integer NOT NULL,
    ordinal       integer NOT NULL,
    state_type    text    NOT NULL,
    state_name    text    NOT NULL,
    state_at      bigint  NOT NULL,
    history       bytea   NOT NULL,
    revision      bigint  NOT NULL,
    run_count     integer NOT NULL,
    tags          jsonb   NOT NULL,
    dynamic_key   text,
    task_version  text,
    start_at      bigint,
    end_at        bigint,
    running_us    bigint  NOT NULL,
    journal       bigint
);

-- Four indexes at most, that of the primary key among them.
CREATE INDEX task_runs_by_flow_run ON task_runs (flow_run_id) WHERE flow_run_id IS NOT NULL;
CREATE INDEX task_runs_by_start ON task_runs (start_at);
CREATE INDEX task_runs_unfinished ON task_runs (journal)
    WHERE journal IS NOT NULL AND state_type NOT IN ('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED');

CREATE TABLE edges (
    downstream  uuid NOT NULL,
    parameter   text NOT NULL,
    upstream    uuid NOT NULL,
    PRIMARY KEY (downstream, parameter, upstream)
);

CREATE TABLE logs (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flow_run_id  uuid,
    task_run_id  uuid,
    at           bigint  NOT NULL,
    level        integer NOT NULL,
    logger       text    NOT NULL,
    message      text    NOT NULL,
    journal      bigint,
    position     bigint
);

CREATE UNIQUE INDEX logs_by_position ON logs (journal, position) WHERE journal IS NOT NULL;
CREATE INDEX logs_by_flow_run ON logs (flow_run_id, at) WHERE flow_run_id IS NOT NULL;
CREATE INDEX logs_by_task_run ON logs (task_run_id) WHERE task_run_id IS NOT NULL;

CREATE TABLE dead_letters (
    journal   bigint NOT NULL,
    series    text   NOT NULL,
    position  bigint NOT NULL,
    reason    text   NOT NULL,
    payload   bytea  NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (journal, series, position)
);

-- What is still reported of a deleted flow run must not bring back parts of it, whenever it arrives.
CREATE TABLE deleted_flow_runs (
    id  uuid NOT NULL PRIMARY KEY
);
