"""The run folder, shared by the runner and the dashboard: its files, its push log and durable writes."""
