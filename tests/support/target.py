"""Builds and starts the compiled target of the measurements (`bench/target`), where Go is there."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from dashboard.demo.launcher import DemoProcess, start_service

SOURCE = Path(__file__).parents[2] / "bench" / "target"
_BUILD_S = 300.0


class TargetBuildError(RuntimeError):
    """The target could not be built; the message holds what Go said."""


def go_program() -> str | None:
    """The Go that would build the target, or None."""
    return shutil.which("go")


def build_target(cache: Path, go: str) -> Path:
    """The built target, made anew only when its source has changed. Raises TargetBuildError."""
    built = cache / f"target-{_source_hash()}"
    if built.exists():
        return built
    cache.mkdir(parents=True, exist_ok=True)
    temporary = cache / f".target-{os.getpid()}"
    env = dict(os.environ) | {"CGO_ENABLED": "0", "GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [go, "build", "-trimpath", "-o", str(temporary), "."]
    result = subprocess.run(
        command, cwd=SOURCE, env=env, capture_output=True, text=True, timeout=_BUILD_S, check=False
    )
    if result.returncode != 0:
        raise TargetBuildError(f"the target could not be built: {result.stderr.strip()[:2000]}")
    temporary.replace(built)  # by rename: a build that was cut short is never taken for one
    return built


def start_target(built: Path, log_path: Path, port: int | None = None) -> DemoProcess:
    """Start it and wait until it listens; it ends with this process."""
    return start_service([str(built)], port, log_path)


def _source_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted([*SOURCE.glob("*.go"), SOURCE / "go.mod"]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
