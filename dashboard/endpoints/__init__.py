"""endpoints.json, the single source of truth for what is tested: its shape, its rules, its file."""
