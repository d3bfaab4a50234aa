"""The run folder: its files, push log and durable writes. The runner and the dashboard share it."""
