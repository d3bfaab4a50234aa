-- Contents that the endpoints file had. Each content is stored once, compressed.
CREATE TABLE endpoints_contents (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;

-- Since when the file had each content, and who changed it. No `who`: it was edited outside of the dashboard.
CREATE TABLE endpoints_versions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT,
    action TEXT NOT NULL,
    source TEXT,
    endpoints INTEGER,
    scenarios INTEGER,
    sha256 TEXT NOT NULL REFERENCES endpoints_contents (sha256)
);

-- What each source gave for its operations when they were last saved, to find out later what changed since.
CREATE TABLE import_bases (
    source TEXT NOT NULL,
    operation TEXT NOT NULL,
    name TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (source, operation)
) WITHOUT ROWID;
