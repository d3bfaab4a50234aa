-- What InfluxDB has of each run that is to be there. `version` counts the changes of the record, `sent_version`
-- is the one that was sent last, `sent_seq` the last snapshot that was; -1: not even the start of the run.
CREATE TABLE replica (
    run_no INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL DEFAULT 1,
    sent_version INTEGER NOT NULL DEFAULT 0,
    sent_seq INTEGER NOT NULL DEFAULT -1,
    complete INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX replica_due ON replica (run_no) WHERE complete = 0;

-- Lines that InfluxDB refused, and why. They wait for somebody to have them sent again.
CREATE TABLE replica_parked (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    line TEXT NOT NULL,
    error TEXT NOT NULL,
    at TEXT NOT NULL
);

-- Runs that were deleted here and are still to be deleted there.
CREATE TABLE replica_deleted (run_id TEXT PRIMARY KEY, created_at TEXT NOT NULL);

CREATE TRIGGER replica_record AFTER UPDATE OF record ON runs
BEGIN
    UPDATE replica SET version = version + 1, complete = 0 WHERE run_no = new.run_no;
END;

CREATE TRIGGER replica_event AFTER INSERT ON events
BEGIN
    UPDATE replica SET version = version + 1, complete = 0 WHERE run_no = new.run_no;
END;

CREATE TRIGGER replica_run_gone AFTER DELETE ON runs
BEGIN
    DELETE FROM replica WHERE run_no = old.run_no;
END;
