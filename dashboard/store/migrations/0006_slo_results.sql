-- SLO results of ended runs. `level` is run, operation or group; `name` is empty for the run itself.
CREATE TABLE slo_results (
    run_no INTEGER NOT NULL,
    place INTEGER NOT NULL,
    level TEXT NOT NULL,
    name TEXT NOT NULL,
    "key" TEXT NOT NULL,
    value REAL,
    "limit" REAL NOT NULL,
    passed INTEGER,
    note TEXT,
    PRIMARY KEY (run_no, place)
) WITHOUT ROWID;
