-- Events that were reported as such. Those of runs' states are not stored twice: they follow from the states.
-- min_reader: 1
-- min_writer: 1

-- `seq` counts in the order of storing. `resource` and `related` are labels; `resource_id` is among them.
CREATE TABLE events (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           uuid   NOT NULL UNIQUE,
    occurred_at  bigint NOT NULL,
    received_at  bigint NOT NULL,
    event        text   NOT NULL,
    resource_id  text   NOT NULL,
    resource     jsonb  NOT NULL,
    related      jsonb  NOT NULL,
    payload      jsonb  NOT NULL,
    follows      uuid
);

CREATE INDEX events_by_occurred ON events (occurred_at, id);

-- By which resources an event is found, be it about them or related to them. Kept by triggers, as on SQLite.
CREATE TABLE event_resources (
    resource_id  text   NOT NULL,
    event        bigint NOT NULL,
    PRIMARY KEY (resource_id, event)
);

CREATE FUNCTION events_add_resources() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_resources (resource_id, event)
        SELECT NEW.resource_id, NEW.seq UNION
        SELECT value ->> 'prefect.resource.id', NEW.seq FROM jsonb_array_elements(NEW.related);
    RETURN NULL;
END
$$;

CREATE FUNCTION events_remove_resources() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event_resources WHERE event = OLD.seq AND resource_id IN (
        SELECT OLD.resource_id UNION ALL
        SELECT value ->> 'prefect.resource.id' FROM jsonb_array_elements(OLD.related)
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER events_add_resources AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_add_resources();
CREATE TRIGGER events_remove_resources AFTER DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_remove_resources();
