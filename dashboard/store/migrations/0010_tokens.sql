-- Named access tokens. sha256 is the hash of the whole token; targets and environments are JSON lists.
CREATE TABLE tokens (
    token_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    sha256 TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    targets TEXT NOT NULL,
    environments TEXT NOT NULL,
    max_vus INTEGER,
    max_rate INTEGER
) WITHOUT ROWID;
