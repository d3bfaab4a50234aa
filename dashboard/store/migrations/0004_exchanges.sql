-- Recorded requests with responses: the first failing ones of each kind, by position in the console.
CREATE TABLE exchanges (
    run_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_no, position)
) WITHOUT ROWID;
