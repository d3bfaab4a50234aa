"""Checks whether a file is a suitable k6."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.error import SetupError

MIN_VERSION = (2, 2)
REQUIRED = "k6 2.2 or newer"


class UnsuitableK6(Exception):
    """The file is not a suitable k6. The message completes a sentence that starts with the file's path."""


def read_version(path: Path) -> str:
    """Return the version that `k6 version` reports. Raises UnsuitableK6."""
    try:
        result = subprocess.run(
            [path, "version"], capture_output=True, text=True, errors="replace", timeout=20, check=False
        )
    except PermissionError:
        raise UnsuitableK6("is not executable") from None
    except subprocess.TimeoutExpired:
        raise UnsuitableK6("does not respond to `k6 version`") from None
    except OSError as error:
        raise UnsuitableK6(f"does not start ({error.strerror})") from None
    match = re.match(r"\S+ v(\d+)\.(\d+)\.(\S+) \([^)]*go", result.stdout)  # the first word is the file name
    if result.returncode or not match:
        raise UnsuitableK6("is not k6 (unexpected output of `k6 version`)")
    if (int(match[1]), int(match[2])) < MIN_VERSION:
        raise UnsuitableK6(f"is version {match[1]}.{match[2]}.{match[3]}, but {REQUIRED} is required")
    return f"{match[1]}.{match[2]}.{match[3]}"


def accept(checkout: Checkout, new: Path) -> None:
    """Move a new k6 to `bin/` after checking it. Raises SetupError."""
    new.chmod(0o755)
    try:
        read_version(new)
    except UnsuitableK6 as reason:
        new.unlink()
        raise SetupError("The new k6 cannot be used", f"it {reason}", f"Set K6_BIN to {REQUIRED}") from None
    new.replace(checkout.k6)
