-- Copies of fields of the record that lists filter and sort by, and that trends and calendars show.
ALTER TABLE runs ADD COLUMN started_at TEXT;
ALTER TABLE runs ADD COLUMN target TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN keyed TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN duration_s REAL;
ALTER TABLE runs ADD COLUMN total_reqs INTEGER;
ALTER TABLE runs ADD COLUMN rps REAL;
ALTER TABLE runs ADD COLUMN error_rate REAL;
ALTER TABLE runs ADD COLUMN avg_ms REAL;
ALTER TABLE runs ADD COLUMN p50_ms REAL;
ALTER TABLE runs ADD COLUMN p90_ms REAL;
ALTER TABLE runs ADD COLUMN p95_ms REAL;
ALTER TABLE runs ADD COLUMN p99_ms REAL;
ALTER TABLE runs ADD COLUMN ttfb_ms REAL;
ALTER TABLE runs ADD COLUMN apdex_score REAL;
ALTER TABLE runs ADD COLUMN checks_rate REAL;

UPDATE runs SET
    started_at = json_extract(record, '$.started_at'),
    target = lower(json_extract(record, '$.base_url')),
    keyed = coalesce(
        (SELECT char(10) || group_concat('meta.' || key || '=' || value, char(10)) || char(10)
         FROM json_each(body, '$.config.meta')), ''),
    duration_s = json_extract(record, '$.duration_s'),
    total_reqs = json_extract(record, '$.total_reqs'),
    rps = json_extract(record, '$.rps'),
    error_rate = json_extract(record, '$.error_rate'),
    avg_ms = json_extract(record, '$.avg_ms'),
    p50_ms = json_extract(record, '$.p50_ms'),
    p90_ms = json_extract(record, '$.p90_ms'),
    p95_ms = json_extract(record, '$.p95_ms'),
    p99_ms = json_extract(record, '$.p99_ms'),
    ttfb_ms = json_extract(record, '$.ttfb_ms'),
    apdex_score = json_extract(record, '$.apdex_score'),
    checks_rate = json_extract(record, '$.checks_rate');

-- New fields of records: tags, and whether the run has notes.
UPDATE runs SET record = json_set(record, '$.tags', json('[]'), '$.noted', json('false'));

DROP INDEX runs_listed;
CREATE INDEX runs_listed ON runs (
    created_at, run_id, status, verdict, profile, env_profile, label, target, searched, keyed, started_at,
    duration_s, total_reqs, rps, error_rate, avg_ms, p50_ms, p90_ms, p95_ms, p99_ms, ttfb_ms, apdex_score,
    checks_rate
);

-- Figures of each operation of an ended run, over all groups and phases of that name.
CREATE TABLE run_ops (
    run_no INTEGER NOT NULL,
    op TEXT NOT NULL,
    total_reqs INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    rps REAL,
    error_rate REAL,
    avg_ms REAL,
    p50_ms REAL,
    p90_ms REAL,
    p95_ms REAL,
    p99_ms REAL,
    ttfb_ms REAL,
    apdex_score REAL,
    checks_rate REAL,
    PRIMARY KEY (run_no, op)
) WITHOUT ROWID;

-- Runs whose figures are computed when the writer is idle: at first those that ended before this migration.
CREATE TABLE run_ops_due (run_no INTEGER PRIMARY KEY);
INSERT INTO run_ops_due SELECT run_no FROM runs WHERE status IN ('finished', 'failed', 'stopped', 'interrupted');
