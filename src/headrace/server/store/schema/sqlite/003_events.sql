-- Events that were reported as such. Those of runs' states are not stored twice: they follow from the states.
-- min_reader: 1
-- min_writer: 1

-- `seq` counts in the order of storing. `resource` and `related` are labels; `resource_id` is among them.
CREATE TABLE events (
    seq          INTEGER PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE,
    occurred_at  INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    event        TEXT    NOT NULL,
    resource_id  TEXT    NOT NULL,
    resource     TEXT    NOT NULL CHECK (json_valid(resource)),
    related      TEXT    NOT NULL CHECK (json_valid(related)),
    payload      TEXT    NOT NULL CHECK (json_valid(payload)),
    follows      BLOB
);

CREATE INDEX events_by_occurred ON events (occurred_at, id);

-- By which resources an event is found, be it about them or related to them. Kept by triggers, so that one statement
-- stores events: no Python runs while the write lock is held.
CREATE TABLE event_resources (
    resource_id  TEXT    NOT NULL,
    event        INTEGER NOT NULL,
    PRIMARY KEY (resource_id, event)
) WITHOUT ROWID;

CREATE TRIGGER events_add_resources AFTER INSERT ON events BEGIN
    INSERT OR IGNORE INTO event_resources (resource_id, event) VALUES (NEW.resource_id, NEW.seq);
    INSERT OR IGNORE INTO event_resources (resource_id, event)
        SELECT json_extract(value, '$."prefect.resource.id"'), NEW.seq FROM json_each(NEW.related);
END;

CREATE TRIGGER events_remove_resources AFTER DELETE ON events BEGIN
    DELETE FROM event_resources WHERE event = OLD.seq AND resource_id IN (
        SELECT OLD.resource_id UNION ALL
        SELECT json_extract(value, '$."prefect.resource.id"') FROM json_each(OLD.related)
    );
END;
