"""`bin/dashboard doctor`: checks everything that a start needs and prints, line by line, what to do."""

from __future__ import annotations

import json
import platform
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dashboard.file_lock import is_locked
from dashboard.setup.checkout import Checkout
from dashboard.setup.k6 import K6Step
from dashboard.setup.k6_version import UnsuitableK6, read_version
from dashboard.setup.node import PageBuildStep
from dashboard.setup.packages import PythonPackagesStep, is_usable

DEFAULT_PORT = 5656
DEFAULT_MIN_FREE_DISK = 1 << 30
MIN_OPEN_FILES = 1_024
LOCK = "dashboard.lock"
SERVER_FILE = "server.json"
RUN_SETUP = "run bin/dashboard setup"
FLAGS = ("--host", "--port", "--data-dir")


class CheckFailed(Exception):
    """A check failed. The message contains the problem and how to fix it."""


def doctor(checkout: Checkout, arguments: Sequence[str]) -> int:
    """Print one line per check. Return the exit code: 0 when all pass, 1 when one fails, 2 for an unknown option."""
    flags = read_flags(arguments)
    if unknown := [name for name in flags if name not in FLAGS]:
        print(f"bin/dashboard: doctor accepts {', '.join(FLAGS)}, not {unknown[0]}", file=sys.stderr)
        return 2
    exit_code = 0
    for name, check in checks(checkout, flags):
        try:
            print(f"ok       {name}: {check()}")
        except CheckFailed as failure:
            exit_code = 1
            print(f"problem  {name}: {failure}")
        except OSError as error:
            exit_code = 1
            print(f"problem  {name}: {error.filename or ''} {error.strerror}".rstrip())
    return exit_code


def read_flags(arguments: Sequence[str]) -> dict[str, str]:
    """Return the value of each flag, from `--port 80` and `--port=80`."""
    flags: dict[str, str] = {}
    remaining = iter(arguments)
    for argument in remaining:
        name, sign, value = argument.partition("=")
        flags[name] = value if sign else next(remaining, "")
    return flags


def checks(checkout: Checkout, flags: dict[str, str]) -> Iterator[tuple[str, Callable[[], str]]]:
    data = checkout.root / (flags.get("--data-dir") or checkout.setting("DATA_DIR") or "data")
    host = flags.get("--host") or checkout.setting("DASHBOARD_HOST") or "127.0.0.1"
    port = flags.get("--port") or checkout.setting("DASHBOARD_PORT") or str(DEFAULT_PORT)
    yield "Python", platform.python_version
    yield "environment", lambda: check_environment(checkout)
    yield "packages", lambda: check_packages(checkout)
    yield "page", lambda: check_page(checkout)
    yield "k6", lambda: check_k6(checkout)
    yield "data folder", lambda: check_writable(data)
    yield "disk", lambda: check_disk(data, checkout.setting("MIN_FREE_DISK"))
    yield "open files", check_open_files
    yield "port", lambda: check_port(host, port, data)
    yield "server", lambda: describe_server(data)


def check_environment(checkout: Checkout) -> str:
    if not checkout.python.exists():
        raise CheckFailed(f".venv is missing; {RUN_SETUP}")
    if not is_usable(checkout.python):
        raise CheckFailed(f"the Python of .venv does not run; delete the folder .venv, then {RUN_SETUP}")
    return str(checkout.venv)


def check_packages(checkout: Checkout) -> str:
    if not PythonPackagesStep(checkout).is_done():
        raise CheckFailed(f"the installed packages do not match the lock file; {RUN_SETUP}")
    return "match the lock file"


def check_page(checkout: Checkout) -> str:
    if not PageBuildStep(checkout).is_done():
        raise CheckFailed(f"not built from the current sources; {RUN_SETUP}")
    return "built" if checkout.static.is_dir() else "this version has no page"


def check_k6(checkout: Checkout) -> str:
    step = K6Step(checkout)
    rejected = []
    for path in step.candidates():
        try:
            return f"{path}, version {read_version(path)}"
        except UnsuitableK6 as reason:
            rejected.append(f"{path} {reason}")
            if path == step.configured_path():
                raise CheckFailed(
                    f"K6_BIN is {path}, which {reason}; set K6_BIN to another k6, or unset it"
                ) from None
    raise CheckFailed("; ".join([*rejected, f"no suitable k6 was found; {RUN_SETUP}"]))


def check_writable(data: Path) -> str:
    """Check that a file can be created in the folder, or in its nearest existing parent."""
    folder = nearest_existing(data)
    if not folder.is_dir():
        raise CheckFailed(f"{folder} is not a folder; move it, or set another DATA_DIR or --data-dir")
    try:
        with tempfile.TemporaryFile(dir=folder):
            return str(data)
    except OSError as error:
        advice = "allow this user to write there, or set another DATA_DIR or --data-dir"
        raise CheckFailed(f"{folder} is not writable ({error.strerror}); {advice}") from None


def nearest_existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def check_disk(data: Path, setting: str) -> str:
    free = shutil.disk_usage(nearest_existing(data)).free
    required = int(setting) if setting.isdigit() else DEFAULT_MIN_FREE_DISK
    if free < required:
        raise CheckFailed(
            f"{format_gib(free)} free, but a run requires {format_gib(required)}; "
            "free some space, or lower MIN_FREE_DISK"
        )
    return f"{format_gib(free)} free"


def format_gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"


def check_open_files() -> str:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and limit < MIN_OPEN_FILES:
        raise CheckFailed(
            f"the limit is {limit}; raise it with `ulimit -n {MIN_OPEN_FILES}` before the start"
        )
    return "unlimited" if limit == resource.RLIM_INFINITY else f"the limit is {limit}"


def check_port(host: str, port: str, data: Path) -> str:
    if not port.isdigit() or int(port) > 65_535:
        raise CheckFailed(f"{port} is not a port; set DASHBOARD_PORT or --port to a number from 1 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, int(port)))
        except socket.gaierror:
            advice = "set another DASHBOARD_HOST or --host"
            raise CheckFailed(f"{host} is not an address of this machine; {advice}") from None
        except OSError as error:
            if is_locked(data / LOCK) and str(server_info(data).get("url", "")).endswith(f":{port}"):
                return f"{port} belongs to this dashboard"
            advice = "set another DASHBOARD_PORT or --port"
            raise CheckFailed(f"{host}:{port} cannot be used ({error.strerror}); {advice}") from None
    return f"{port} is free"


def describe_server(data: Path) -> str:
    if not is_locked(data / LOCK):
        return "not running on this data folder"
    info = server_info(data)
    if not info:
        return "a run in a terminal uses the data folder"
    return f"running at {info['url']}, process {info['pid']}"


def server_info(data: Path) -> dict[str, object]:
    """Return the address and pid that the live server has recorded; empty without a server."""
    try:
        recorded = json.loads((data / SERVER_FILE).read_bytes())
        return {"url": str(recorded["url"]), "pid": int(recorded["pid"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
