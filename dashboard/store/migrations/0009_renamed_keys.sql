-- Keys of stored runs that were renamed: detail -> retention_level, unfit_reason -> invalid_reason, and in the
-- configuration lever -> steering_variable and brokered -> has_token_request.
DROP INDEX runs_kept;
ALTER TABLE runs DROP COLUMN detail;
UPDATE runs SET
    record = json_set(json_remove(record, '$.detail', '$.unfit_reason'),
        '$.retention_level', coalesce(json_extract(record, '$.detail'), 'full'),
        '$.invalid_reason', json_extract(record, '$.unfit_reason')),
    body = json_set(json_remove(body, '$.detail', '$.unfit_reason', '$.config.lever', '$.config.brokered'),
        '$.retention_level', coalesce(json_extract(body, '$.detail'), 'full'),
        '$.invalid_reason', json_extract(body, '$.unfit_reason'),
        '$.config.steering_variable', json_extract(body, '$.config.lever'),
        '$.config.has_token_request', json(iif(json_extract(body, '$.config.brokered'), 'true', 'false')));
ALTER TABLE runs ADD COLUMN retention_level TEXT AS (json_extract(record, '$.retention_level'));
CREATE INDEX runs_kept ON runs (retention_level, kept_from, elapsed_s, status, run_id);

-- The kind of an event: run.stop_asked -> run.stop_requested.
UPDATE events SET body = json_set(body, '$.kind', 'run.stop_requested')
WHERE json_extract(body, '$.kind') = 'run.stop_asked';
