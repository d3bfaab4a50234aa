-- Other tables refer to a run by its number, which takes a third of the space of its id. AUTOINCREMENT never reuses
-- a number, because rows of a deleted run may not be deleted yet.
CREATE TABLE runs (
    run_no INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    status TEXT NOT NULL,
    verdict TEXT,
    profile TEXT NOT NULL,
    env_profile TEXT,
    label TEXT,
    searched TEXT NOT NULL,
    record TEXT NOT NULL,
    body TEXT NOT NULL
);

-- Lists and counts filter through this index alone and read only the records that they show.
CREATE INDEX runs_listed ON runs (
    created_at, run_id, status, verdict, profile, env_profile, label, searched
);

CREATE TABLE snapshots (
    run_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    elapsed_s REAL NOT NULL,
    window_s REAL NOT NULL,
    vus INTEGER,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    rps REAL,
    error_rate REAL,
    p50_ms REAL,
    p75_ms REAL,
    p90_ms REAL,
    p95_ms REAL,
    p99_ms REAL,
    avg_ms REAL,
    ttfb_ms REAL,
    apdex_score REAL,
    checks_rate REAL,
    status_0 INTEGER NOT NULL,
    status_2xx INTEGER NOT NULL,
    status_3xx INTEGER NOT NULL,
    status_4xx INTEGER NOT NULL,
    status_5xx INTEGER NOT NULL,
    iterations INTEGER,
    dropped_iterations INTEGER,
    data_received_bytes INTEGER,
    data_sent_bytes INTEGER,
    total_reqs INTEGER NOT NULL,
    total_errors INTEGER NOT NULL,
    generator_cpu REAL,
    generator_rss_bytes INTEGER,
    PRIMARY KEY (run_no, seq)
) WITHOUT ROWID;

-- Operations of a run. Three empty texts are all operations together.
CREATE TABLE ops (
    run_no INTEGER NOT NULL,
    op_no INTEGER NOT NULL,
    op TEXT NOT NULL,
    "group" TEXT NOT NULL,
    phase TEXT NOT NULL,
    PRIMARY KEY (run_no, op_no)
) WITHOUT ROWID;

-- Tallies of the window of snapshot `seq`. The primary key starts with the snapshot, so that a push appends to the end of
-- the table instead of writing to one page per operation.
CREATE TABLE intervals (
    run_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    op_no INTEGER NOT NULL,
    tally BLOB NOT NULL,
    PRIMARY KEY (run_no, seq, op_no)
) WITHOUT ROWID;

-- Sums of all intervals up to and including snapshot `seq`.
CREATE TABLE keyframes (
    run_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    op_no INTEGER NOT NULL,
    tally BLOB NOT NULL,
    PRIMARY KEY (run_no, seq, op_no)
) WITHOUT ROWID;

CREATE TABLE checkpoints (
    run_no INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    segment INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
    state TEXT NOT NULL,
    push BLOB NOT NULL
);

CREATE TABLE events (
    run_no INTEGER NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_no, number)
) WITHOUT ROWID;

CREATE TABLE objects (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- Deleted runs whose rows are deleted in slices.
CREATE TABLE doomed (run_no INTEGER PRIMARY KEY);
