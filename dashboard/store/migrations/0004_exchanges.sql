-- Requests and responses that are shown: the first failing ones of each kind, by their place in the console.
CREATE TABLE exchanges (
    run_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_no, position)
) WITHOUT ROWID;
