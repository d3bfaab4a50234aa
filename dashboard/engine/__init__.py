"""k6's formats: command line, pushes, REST API, log lines, summary and exit codes."""
