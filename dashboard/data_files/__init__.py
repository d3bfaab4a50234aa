"""Data files: uploaded CSV files, checked line by line and stored as rows that k6 reads."""
