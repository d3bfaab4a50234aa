-- New fields of records: when the load started, and what their seconds count from. Earlier versions counted from the start
-- of k6.
UPDATE runs SET record = json_set(record, '$.load_started_at', NULL,
    '$.time_zero', iif(json_extract(record, '$.started_at') IS NULL, NULL, 'k6'));
