-- Detail that is written for a run while none shows it: an import, or a coarser form of what is there. What an
-- earlier server left here is removed at the next start.
CREATE TABLE drafts (run_no INTEGER PRIMARY KEY);

-- What retention looks for, without reading records.
ALTER TABLE runs ADD COLUMN detail TEXT AS (coalesce(json_extract(record, '$.detail'), 'full'));
ALTER TABLE runs ADD COLUMN kept_from TEXT AS (coalesce(json_extract(record, '$.imported_at'), created_at));
ALTER TABLE runs ADD COLUMN elapsed_s REAL AS (coalesce(json_extract(record, '$.elapsed_s'), 0));
CREATE INDEX runs_kept ON runs (detail, kept_from, elapsed_s, status, run_id);
