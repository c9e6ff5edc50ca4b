-- Who listens for what is committed, and what runs went to while somebody did.
-- min_reader: 1
-- min_writer: 1

-- The lease of one listening process on one topic.
CREATE TABLE listeners (
    id     uuid   NOT NULL,
    topic  text   NOT NULL,
    until  bigint NOT NULL,
    PRIMARY KEY (id, topic)
);

-- Written only while somebody listens to runs, and kept for minutes. A state of a flow run is named; of a task run
-- there are the histories with the change and before it.
CREATE TABLE run_changes (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
    flow_run_id     uuid,
    attempt         integer,
    ordinal         integer,
    task_run_id     uuid,
    history         bytea,
    history_before  bytea
);
