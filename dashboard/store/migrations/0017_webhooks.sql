CREATE TABLE webhooks (webhook_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL);

-- Deliveries of events to webhooks. `state` is pending, delivered, dead or skipped. `next_at` is null unless pending.
CREATE TABLE webhook_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL,
    event_number INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    name TEXT NOT NULL,
    run_id TEXT NOT NULL,
    at TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    since TEXT NOT NULL,
    next_at TEXT,
    ended_at TEXT,
    status INTEGER,
    answer TEXT,
    error TEXT,
    UNIQUE (webhook_id, event_number)
);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, run_id, number) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (webhook_id, state, number);
