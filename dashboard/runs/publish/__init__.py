"""What clients see of a run: event stream, console, payloads and failed requests."""
