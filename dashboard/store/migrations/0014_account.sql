-- New fields of records: what became of every iteration, step and request, and the thresholds of a script of the user.
-- Nobody counted them for stored runs, so no run is replicated again for them.
DROP TRIGGER replica_record;
UPDATE runs SET record = json_set(record, '$.account', NULL, '$.thresholds', json('[]'));
CREATE TRIGGER replica_record AFTER UPDATE OF record ON runs
BEGIN
    UPDATE replica SET version = version + 1, complete = 0 WHERE run_id = new.run_id;
END;
