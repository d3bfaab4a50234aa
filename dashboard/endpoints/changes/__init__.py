"""Changes to the endpoints file: what is merged, how it differs, and how the text of the file takes it over."""
