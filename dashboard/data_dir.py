"""The data folder: private to its user. One dashboard uses it at a time; server.json identifies that dashboard."""

import json
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.durable import write_json
from dashboard.file_lock import FileLock, is_locked, try_lock
from dashboard.runner.processes.posix import ProcessIdentity, is_alive, own_identity

LOCK = "dashboard.lock"
SERVER_FILE = "server.json"
# Files that earlier versions or other programs may have left readable by others.
_PRIVATE_FILES = (LOCK, "dashboard.db", "dashboard.db-wal", "dashboard.db-shm")


class DataDirInUse(Exception):
    """Another dashboard uses the data folder. The message names its process and URL if they are known."""


class DataDirUnusable(Exception):
    """The data folder cannot be created or written. The message gives the reason."""


@dataclass(frozen=True, slots=True)
class LiveServer:
    """The server that holds the data folder: its URL, its access token, its process."""

    url: str
    token: str
    process: ProcessIdentity


def lock_data_dir(data_dir: Path) -> FileLock:
    """Lock the data folder for this process and make it private. Raises DataDirInUse or DataDirUnusable."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = try_lock(data_dir / LOCK)
    except OSError as error:
        raise DataDirUnusable(f"{data_dir}: cannot write: {error.strerror or error}") from None
    if lock is None:
        raise DataDirInUse(f"{data_dir} is used by another dashboard{_describe_owner(data_dir)}")
    make_private(data_dir)
    remove_server_file(data_dir)  # left behind by a killed server
    return lock


def make_private(data_dir: Path) -> None:
    """Remove other users' access to the folder, its lock and its database, even if the folder already existed.

    A folder that everyone shares, such as /tmp, stays as it is. A folder of another user cannot be changed.
    """
    if data_dir.stat().st_mode & stat.S_ISVTX:
        return
    for path, mode in ((data_dir, 0o700), *((data_dir / name, 0o600) for name in _PRIVATE_FILES)):
        with suppress(FileNotFoundError, PermissionError):
            if path.stat().st_mode & 0o077:
                path.chmod(mode)


def write_server_file(data_dir: Path, host: str, port: int, token: str) -> None:
    """Write server.json, by which the command line finds the server. Mode 0600, because it contains the token."""
    process = own_identity()._asdict()
    write_json(data_dir / SERVER_FILE, process | {"url": f"http://{_url_host(host)}:{port}", "token": token})


def live_server(data_dir: Path) -> LiveServer | None:
    """Return the server that server.json names, if that process still runs and holds the data folder.

    A killed server leaves the file behind. Another program may then listen on the port. It must not get the token.
    """
    try:
        content = json.loads((data_dir / SERVER_FILE).read_bytes())
        process = ProcessIdentity(int(content["pid"]), int(content["start_ticks"]), str(content["boot_id"]))
        server = LiveServer(str(content["url"]), str(content["token"]), process)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # The process is checked first: checking a free lock holds it for a moment, which could stop a starting server.
    return server if is_alive(process) and is_locked(data_dir / LOCK) else None


def remove_server_file(data_dir: Path) -> None:
    """Remove server.json, if it exists."""
    (data_dir / SERVER_FILE).unlink(missing_ok=True)


def _describe_owner(data_dir: Path) -> str:
    server = live_server(data_dir)
    return f" (process {server.process.pid}, {server.url})" if server else ""


def _url_host(host: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compares, does not bind)
    return f"[{host}]" if ":" in host else host
