-- Users of a steerable run that are not idle.
ALTER TABLE snapshots ADD COLUMN busy_vus INTEGER;
