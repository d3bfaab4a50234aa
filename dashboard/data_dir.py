"""The data folder: one dashboard uses it at a time, and server.json names that dashboard."""

import json
import os
from pathlib import Path

from dashboard.durable import write_json
from dashboard.file_lock import FileLock, try_lock

LOCK = "dashboard.lock"
SERVER_FILE = "server.json"


class DataDirInUse(Exception):
    """Another dashboard uses the data folder. The message names its process and URL if they are known."""


class DataDirUnusable(Exception):
    """The data folder cannot be created or written. The message gives the reason."""


def lock_data_dir(data_dir: Path) -> FileLock:
    """Lock the data folder for this process. Raises DataDirInUse or DataDirUnusable."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = try_lock(data_dir / LOCK)
    except OSError as error:
        raise DataDirUnusable(f"{data_dir}: cannot write: {error.strerror or error}") from None
    if lock is None:
        raise DataDirInUse(f"{data_dir} is used by another dashboard{_describe_owner(data_dir)}")
    return lock


def write_server_file(data_dir: Path, host: str, port: int, token: str) -> None:
    """Write server.json, by which the command line finds the server. Mode 0600, because it contains the token."""
    body = {"pid": os.getpid(), "url": f"http://{_url_host(host)}:{port}", "token": token}
    write_json(data_dir / SERVER_FILE, body)


def remove_server_file(data_dir: Path) -> None:
    """Remove server.json, if it exists."""
    (data_dir / SERVER_FILE).unlink(missing_ok=True)


def _describe_owner(data_dir: Path) -> str:
    try:
        server = json.loads((data_dir / SERVER_FILE).read_bytes())
        return f" (process {server['pid']}, {server['url']})"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _url_host(host: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compares, does not bind)
    return f"[{host}]" if ":" in host else host
