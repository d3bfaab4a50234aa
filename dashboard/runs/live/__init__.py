"""One live run: reading its folder, aggregating pushes, finishing it."""
