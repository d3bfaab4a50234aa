"""Installs what the commands in `bin/` need. Runs before any dependency is installed: standard library only."""
