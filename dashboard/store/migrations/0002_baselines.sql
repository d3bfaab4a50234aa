-- Baselines. An empty text widens the scope to all environments or all profiles.
CREATE TABLE baselines (
    profile TEXT NOT NULL,
    env_profile TEXT NOT NULL,
    run_id TEXT NOT NULL,
    pinned_at TEXT NOT NULL,
    PRIMARY KEY (profile, env_profile)
) WITHOUT ROWID;
