"""Measurements: the compiled target and what bin/bench runs."""
