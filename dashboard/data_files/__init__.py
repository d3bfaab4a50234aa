"""Data files: what people upload, checked and kept as rows that k6 reads fast."""
