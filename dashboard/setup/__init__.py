"""Provisioning: what `bin/` calls before any dependency is there, so it is standard library alone."""
