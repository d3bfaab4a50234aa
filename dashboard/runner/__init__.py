"""The process beside each k6: it starts, watches and stops k6, and records its pushes.

The runner uses only the standard library, so it starts in milliseconds and survives any upgrade of the dashboard.
The dashboard imports only `processes.posix` and `tokens.response` from this package.
"""
