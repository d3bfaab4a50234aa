"""Replication of all runs to InfluxDB, and the runs that other dashboards wrote to the same bucket."""
