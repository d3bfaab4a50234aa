"""Runs that leave this dashboard and come back: export and import."""
