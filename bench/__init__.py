"""The measurements of `bin/bench` and their compiled load target."""
