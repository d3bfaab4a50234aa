"""Comparison of two runs: what differs, and whether they are comparable. Pure functions."""
