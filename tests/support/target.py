"""Builds and starts the compiled target of the measurements (`bench/target`). Requires Go."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from dashboard.demo.launcher import DemoProcess, start_service

SOURCE = Path(__file__).parents[2] / "bench" / "target"
_BUILD_TIMEOUT_S = 300.0


class TargetBuildError(RuntimeError):
    """The target could not be built; the message contains Go's output."""


def go_path() -> str | None:
    """Return the path of Go, or None."""
    return shutil.which("go")


def build_target(cache: Path, go: str) -> Path:
    """Build the target, unless its sources are unchanged, and return its path. Raises TargetBuildError."""
    built = cache / f"target-{_source_hash()}"
    if built.exists():
        return built
    cache.mkdir(parents=True, exist_ok=True)
    temporary = cache / f".target-{os.getpid()}"
    env = dict(os.environ) | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [go, "build", "-trimpath", "-o", str(temporary), "."]
    result = subprocess.run(
        command, cwd=SOURCE, env=env, capture_output=True, text=True, timeout=_BUILD_TIMEOUT_S, check=False
    )
    if result.returncode != 0:
        raise TargetBuildError(f"the target could not be built: {result.stderr.strip()[:2000]}")
    temporary.replace(built)  # renamed last, so that an interrupted build is never used
    return built


def start_target(built: Path, log_path: Path, port: int | None = None) -> DemoProcess:
    """Start the target and wait until it listens. It exits with this process."""
    return start_service([str(built)], port, log_path)


def _source_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted([*SOURCE.glob("*.go"), SOURCE / "go.mod"]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
