"""The replica in InfluxDB v2: what is sent, how, and what is read back. See docs/influxdb.md."""
