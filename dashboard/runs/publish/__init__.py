"""What clients see of a run: stream, console, payloads, failing requests."""
