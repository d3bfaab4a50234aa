-- Intervals that are stored before their run is published, for example during an import. Drafts of an earlier process are
-- deleted at the next start.
CREATE TABLE drafts (run_no INTEGER PRIMARY KEY);

-- Columns of the index that retention searches without reading records.
ALTER TABLE runs ADD COLUMN detail TEXT AS (coalesce(json_extract(record, '$.detail'), 'full'));
ALTER TABLE runs ADD COLUMN kept_from TEXT AS (coalesce(json_extract(record, '$.imported_at'), created_at));
ALTER TABLE runs ADD COLUMN elapsed_s REAL AS (coalesce(json_extract(record, '$.elapsed_s'), 0));
CREATE INDEX runs_kept ON runs (detail, kept_from, elapsed_s, status, run_id);
