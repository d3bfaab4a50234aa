-- Of a run that is steered: how many users were at work, where the others were parked.
ALTER TABLE snapshots ADD COLUMN busy_vus INTEGER;
