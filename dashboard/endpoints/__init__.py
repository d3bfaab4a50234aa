"""endpoints.json, the file that defines what is tested: its shape, its rules, and changes to it."""
