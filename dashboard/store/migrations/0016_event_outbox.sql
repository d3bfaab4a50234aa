-- Events that consumers outside the core react to. A row is written in the transaction of the fact that it reports.
CREATE TABLE outbox_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    run_id TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX outbox_events_at ON outbox_events (at);

-- How far each consumer has read the events.
CREATE TABLE outbox_positions (consumer TEXT PRIMARY KEY, number INTEGER NOT NULL);
