"""Finds a usable k6 binary and reads its version."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MIN_VERSION = (2, 2)
VERSION_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class K6Binary:
    """A usable k6."""

    path: Path
    version: str


class K6Unavailable(Exception):
    """No usable k6 was found. The message lists what was tried and what to do."""


def find_k6(configured: str, root: Path) -> K6Binary:
    """Return the configured k6, else `bin/k6` of the project, else the one on PATH. Raises K6Unavailable."""
    if configured:
        return check_k6(
            Path(configured) if os.sep in configured else Path(shutil.which(configured) or configured)
        )
    problems = []
    on_path = shutil.which("k6")
    for candidate in (root / "bin" / "k6", Path(on_path) if on_path else None):
        if candidate is None or not candidate.exists():
            continue
        try:
            return check_k6(candidate)
        except K6Unavailable as error:
            problems.append(str(error))
    raise K6Unavailable(
        "; ".join(problems) or "k6 was not found. Run bin/dashboard, which installs it, or set K6_BIN."
    )


def check_k6(path: Path) -> K6Binary:
    """Run the binary at `path` and return it with its version. Raises K6Unavailable when it is not a supported k6."""
    try:
        result = subprocess.run(
            [str(path), "version", "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_TIMEOUT_S,
            env={
                "PATH": os.environ.get("PATH", ""),
                "HOME": "/nonexistent",
                "K6_AUTO_EXTENSION_RESOLUTION": "false",
            },
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise K6Unavailable(f"{path} cannot be run: {error}") from None
    version = _parse_version(result.stdout)
    if version is None:
        raise K6Unavailable(f"{path} is not k6: `version --json` did not print a version")
    if _version_numbers(version) < MIN_VERSION:
        raise K6Unavailable(f"{path} is k6 {version}; version 2.2 or newer is required")
    return K6Binary(path.resolve(), version)


def _parse_version(output: bytes) -> str | None:
    try:
        version = json.loads(output)["version"]
    except (ValueError, KeyError, TypeError):
        return None
    return version.lstrip("v") if isinstance(version, str) and _version_numbers(version) else None


def _version_numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(match[1]), int(match[2])) if match else ()


class K6Locator:
    """Finds k6 once, and again after its file has changed."""

    def __init__(self, configured: str, root: Path) -> None:
        self._configured = configured
        self._root = root
        self._known: tuple[K6Binary, tuple[int, int]] | None = None

    def locate(self) -> K6Binary:
        """Return the k6 to use. Raises K6Unavailable."""
        known = self._known
        if known is not None and _fingerprint(known[0].path) == known[1]:
            return known[0]
        binary = find_k6(self._configured, self._root)
        self._known = (binary, _fingerprint(binary.path))
        return binary

    @property
    def version(self) -> str | None:
        """The version if it is already known. This property never starts k6."""
        return self._known[0].version if self._known else None


def _fingerprint(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size
