"""Everything that knows k6's formats: its arguments, pushes, REST API, log lines, summary and exit codes."""
