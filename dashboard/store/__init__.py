"""The record of all runs, in SQLite."""
