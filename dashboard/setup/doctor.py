"""`bin/dashboard doctor`: looks at everything a start needs and says, line by line, what to do."""

from __future__ import annotations

import fcntl
import json
import platform
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from dashboard.setup.k6 import K6
from dashboard.setup.k6_version import UnfitK6, version
from dashboard.setup.node import Page
from dashboard.setup.packages import PythonPackages, runs
from dashboard.setup.place import Place

PORT = 5656
MIN_FREE_DISK = 1 << 30
OPEN_FILES = 1_024
LOCK = "dashboard.lock"
SERVER_FILE = "server.json"
SET_UP = "start bin/dashboard once: it sets this up"
FLAGS = ("--host", "--port", "--data-dir")


class Trouble(Exception):
    """What is wrong and what to do about it."""


def doctor(place: Place, arguments: Sequence[str]) -> int:
    """Print a line per check; 0 when all is well, 2 for an option that it does not know."""
    flags = read_flags(arguments)
    if strange := [name for name in flags if name not in FLAGS]:
        print(f"bin/dashboard: doctor takes {', '.join(FLAGS)}, not {strange[0]}", file=sys.stderr)
        return 2
    sick = False
    for name, check in checks(place, flags):
        try:
            print(f"ok       {name}: {check()}")
        except Trouble as trouble:
            sick = True
            print(f"problem  {name}: {trouble}")
        except OSError as error:
            sick = True
            print(f"problem  {name}: {error.filename or ''} {error.strerror}".rstrip())
    return 1 if sick else 0


def read_flags(arguments: Sequence[str]) -> dict[str, str]:
    """`--port 80` and `--port=80` alike."""
    flags: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, sign, value = word.partition("=")
        flags[name] = value if sign else next(words, "")
    return flags


def checks(place: Place, flags: dict[str, str]) -> Iterator[tuple[str, Callable[[], str]]]:
    data = place.root / (flags.get("--data-dir") or place.setting("DATA_DIR") or "data")
    host = flags.get("--host") or place.setting("DASHBOARD_HOST") or "127.0.0.1"
    port = flags.get("--port") or place.setting("DASHBOARD_PORT") or str(PORT)
    yield "Python", platform.python_version
    yield "environment", lambda: environment(place)
    yield "packages", lambda: packages(place)
    yield "page", lambda: page(place)
    yield "k6", lambda: k6(place)
    yield "data folder", lambda: writable(data)
    yield "disk", lambda: disk(data, place.setting("MIN_FREE_DISK"))
    yield "open files", open_files
    yield "port", lambda: port_free(host, port, data)
    yield "server", lambda: server(data)


def environment(place: Place) -> str:
    if not place.python.exists():
        raise Trouble(f"there is no .venv; {SET_UP}")
    if not runs(place.python):
        raise Trouble("the Python of .venv does not run; delete the folder .venv, then start bin/dashboard")
    return str(place.venv)


def packages(place: Place) -> str:
    if not PythonPackages(place).done():
        raise Trouble(f"they are not the ones of the lock file; {SET_UP}")
    return "as the lock file says"


def page(place: Place) -> str:
    if not Page(place).done():
        raise Trouble(f"not built from the sources as they are now; {SET_UP}")
    return "built" if place.static.is_dir() else "there is none in this version"


def k6(place: Place) -> str:
    step = K6(place)
    words = []
    for path in step.candidates():
        try:
            return f"{path}, version {version(path)}"
        except UnfitK6 as unfit:
            words.append(f"{path} {unfit}")
            if path == step.asked_for():
                raise Trouble(f"K6_BIN is {path}, which {unfit}; name another, or leave it out") from None
    raise Trouble("; ".join([*words, f"none found; {SET_UP}"]))


def writable(data: Path) -> str:
    """The folder, or the nearest one above that is there, takes a file."""
    folder = existing(data)
    if not folder.is_dir():
        raise Trouble(f"{folder} is not a folder; move it away, or name another with DATA_DIR or --data-dir")
    try:
        with tempfile.TemporaryFile(dir=folder):
            return str(data)
    except OSError as error:
        advice = "give yourself the right to write there, or name another with DATA_DIR or --data-dir"
        raise Trouble(f"{folder} cannot be written ({error.strerror}); {advice}") from None


def existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def disk(data: Path, setting: str) -> str:
    free = shutil.disk_usage(existing(data)).free
    least = int(setting) if setting.isdigit() else MIN_FREE_DISK
    if free < least:
        raise Trouble(
            f"{gib(free)} free, and {gib(least)} are needed to start a run; free some, or lower MIN_FREE_DISK"
        )
    return f"{gib(free)} free"


def gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"


def open_files() -> str:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and limit < OPEN_FILES:
        raise Trouble(
            f"only {limit} may be open at once; raise it with `ulimit -n {OPEN_FILES}` before the start"
        )
    return "no limit" if limit == resource.RLIM_INFINITY else f"{limit} at once"


def port_free(host: str, port: str, data: Path) -> str:
    if not port.isdigit() or int(port) > 65_535:
        raise Trouble(f"{port} is no port; name one from 1 to 65535 with DASHBOARD_PORT or --port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, int(port)))
        except socket.gaierror:
            raise Trouble(f"{host} is no address here; name another with DASHBOARD_HOST or --host") from None
        except OSError as error:
            if in_use(data) and str(note(data).get("url", "")).endswith(f":{port}"):
                return f"{port} is this dashboard's own"
            advice = "name another with DASHBOARD_PORT or --port"
            raise Trouble(f"{host}:{port} is not to be had ({error.strerror}); {advice}") from None
    return f"{port} is free"


def server(data: Path) -> str:
    if not in_use(data):
        return "none is running on this data folder"
    noted = note(data)
    return (
        f"running at {noted['url']}, process {noted['pid']}"
        if noted
        else "a run in a terminal uses the data folder"
    )


def in_use(data: Path) -> bool:
    """Whether somebody holds the folder's lock; a note that a dead server left says nothing."""
    try:
        with (data / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def note(data: Path) -> dict[str, object]:
    """What the live server on this folder says about itself."""
    try:
        noted = json.loads((data / SERVER_FILE).read_bytes())
        return {"url": str(noted["url"]), "pid": int(noted["pid"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
