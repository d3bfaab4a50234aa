"""Measurements: what `bin/bench` runs, and the compiled target that it loads."""
