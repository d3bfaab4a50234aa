"""Backup of a data folder to one file, and restore."""
