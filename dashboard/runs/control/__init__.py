"""Commands to a live run: steer, stop, mark."""
