"""Runs in a terminal: starts a run, follows it, prints its result, and exits with a code that scripts can use."""
