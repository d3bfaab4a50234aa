-- Responses with a status from 100 to 199, and with one of 600 or above. Earlier versions counted the latter as requests
-- without a response.
ALTER TABLE snapshots ADD COLUMN status_1xx INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN status_other INTEGER NOT NULL DEFAULT 0;
