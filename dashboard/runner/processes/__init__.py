"""Operating-system processes: identity, usage, signals, children."""
