"""Versioned edits of the endpoints file."""
