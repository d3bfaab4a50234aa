"""Dry runs: every request once, with its response."""
