-- New fields of records: when the load started, what their seconds count from (earlier versions: from the start of k6), and
-- how steering changed the load. They change nothing of stored runs, so no run is replicated again for them.
DROP TRIGGER replica_record;
UPDATE runs SET record = json_set(record, '$.load_started_at', NULL,
    '$.time_zero', iif(json_extract(record, '$.started_at') IS NULL, NULL, 'k6'), '$.steering_note', NULL);
CREATE TRIGGER replica_record AFTER UPDATE OF record ON runs
BEGIN
    UPDATE replica SET version = version + 1, complete = 0 WHERE run_id = new.run_id;
END;
