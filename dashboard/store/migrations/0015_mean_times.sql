-- The mean times of each window: the timings of a request beside ttfb_ms, and the duration of an iteration.
ALTER TABLE snapshots ADD COLUMN blocked_ms REAL;
ALTER TABLE snapshots ADD COLUMN connecting_ms REAL;
ALTER TABLE snapshots ADD COLUMN tls_handshaking_ms REAL;
ALTER TABLE snapshots ADD COLUMN sending_ms REAL;
ALTER TABLE snapshots ADD COLUMN receiving_ms REAL;
ALTER TABLE snapshots ADD COLUMN iteration_ms REAL;
