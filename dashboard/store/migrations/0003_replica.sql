-- Progress of replication for each run. `version` counts the changes of the record, `sent_version` is the last version
-- that was sent, and `sent_seq` the last snapshot that was sent, -1 before the start record was sent.
CREATE TABLE replica (
    run_id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    sent_version INTEGER NOT NULL DEFAULT 0,
    sent_seq INTEGER NOT NULL DEFAULT -1,
    complete INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX replica_due ON replica (created_at, run_id) WHERE complete = 0;
CREATE INDEX replica_newest ON replica (created_at);

-- Lines that InfluxDB rejected, with the error. A person can have them sent again.
CREATE TABLE replica_parked (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    line TEXT NOT NULL,
    error TEXT NOT NULL,
    at TEXT NOT NULL
);

-- Remote runs that were copied from InfluxDB, and the `sent_ms` of the copied version. A row stays when retention deletes
-- the run, so that the run is not copied again.
CREATE TABLE replica_mirror (
    run_id TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    sent_ms REAL NOT NULL
);

-- Deleted runs that InfluxDB must delete too.
CREATE TABLE replica_deleted (run_id TEXT PRIMARY KEY, created_at TEXT NOT NULL);

CREATE TRIGGER replica_record AFTER UPDATE OF record ON runs
BEGIN
    UPDATE replica SET version = version + 1, complete = 0 WHERE run_id = new.run_id;
END;

CREATE TRIGGER replica_event AFTER INSERT ON events
BEGIN
    UPDATE replica SET version = version + 1, complete = 0
    WHERE run_id = (SELECT run_id FROM runs WHERE run_no = new.run_no);
END;

CREATE TRIGGER replica_run_gone AFTER DELETE ON runs
BEGIN
    DELETE FROM replica WHERE run_id = old.run_id;
END;
