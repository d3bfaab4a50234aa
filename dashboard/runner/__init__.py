"""The small process beside each k6: it starts, stops and watches k6, and keeps its pushes in a log.

Standard library only, so that it starts in milliseconds and survives any upgrade of the dashboard,
which imports `folder`, `segments` and `processes` from here, nothing else.
"""
