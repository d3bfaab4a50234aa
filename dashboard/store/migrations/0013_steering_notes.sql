-- A new field of records: how steering changed the load. Earlier versions did not record it.
UPDATE runs SET record = json_set(record, '$.steering_note', NULL);
