"""Where facts are kept: SQLite is the record."""
