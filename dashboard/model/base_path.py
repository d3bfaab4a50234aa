"""The base path: what a reverse proxy puts before all paths of the dashboard."""

import re

# Characters that need no quoting in a URL, a cookie or HTML. No segment is only dots.
BASE_PATH = re.compile(r"(?:/(?!\.+(?:/|$))[A-Za-z0-9._~-]+)+", re.ASCII)
MAX_BASE_PATH = 200


def checked_base_path(text: str) -> str:
    """Return the base path without a slash at its end. Raises ValueError."""
    path = text.rstrip("/")
    if path and (len(path) > MAX_BASE_PATH or not BASE_PATH.fullmatch(path)):
        raise ValueError(
            "must start with a slash and consist of letters, digits, and . _ ~ - between slashes, such as /perf"
        )
    return path
