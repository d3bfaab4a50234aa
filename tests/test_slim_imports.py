"""The server starts without modules that it does not use, and terminal commands can still load them."""

import subprocess
import sys

from dashboard.settings import ROOT

SERVER = """
import sys
from dashboard.slim_imports import import_structlog_without_rich
import_structlog_without_rich()
import dashboard.app
from dashboard.server_log import configure_logging, log
configure_logging(sys.stdout, "info")
try:
    raise ValueError("secret")
except ValueError:
    log.exception("failed")
print([name for name in sys.modules if name.partition(".")[0] in ("rich", "pygments")])
import rich.console
import_structlog_without_rich()
print(rich.console is sys.modules["rich.console"])
"""


def test_server_logs_tracebacks_without_rich() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SERVER], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    lines = ran.stdout.splitlines()
    assert lines[-2:] == ["[]", "True"]
    assert any(line.startswith("Traceback") for line in lines)
