-- What people and programs changed. Entries are only added, and deleted by age.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    via TEXT NOT NULL,
    role TEXT,
    client TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    before TEXT,
    after TEXT
);
CREATE INDEX audit_at ON audit (at);
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log cannot be changed');
END;

ALTER TABLE baselines ADD COLUMN changed_by TEXT;

-- New fields of records. They change nothing of stored runs, so no run is replicated again for them.
DROP TRIGGER replica_record;
UPDATE runs SET record = json_set(record, '$.started_by', NULL, '$.stopped_by', NULL, '$.changed_by', NULL);
CREATE TRIGGER replica_record AFTER UPDATE OF record ON runs
BEGIN
    UPDATE replica SET version = version + 1, complete = 0 WHERE run_id = new.run_id;
END;
