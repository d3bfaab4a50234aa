"""Keeps the start of the server short: leaves out modules that it loads and does not use."""

import sys


def import_structlog_without_rich() -> None:
    """Import structlog as if rich were not installed.

    structlog loads rich and Pygments for tracebacks with colors and values, which the server's log does not contain.
    They are more than a tenth of all modules. The terminal commands, which use rich, can still import it afterwards.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
