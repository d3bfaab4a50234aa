"""Secrets in files of the data folder: created once, readable by their owner only."""

import os
import secrets
from pathlib import Path

from dashboard.model.errors import Unavailable
from dashboard.model.token_strength import check_strength

_SECRET_BYTES = 24


def read_or_create_secret(path: Path) -> tuple[str, bool]:
    """Return the secret stored at `path`, and whether this call created it because the file did not exist."""
    try:
        if path.exists():
            return _read_secret(path), False
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret + "\n")
    except OSError as error:
        raise Unavailable(f"{path}: cannot read or create the secret: {error.strerror}.") from error
    return secret, True


def check_stored_token(path: Path, token: str) -> None:
    """Raise Unavailable when the token in the file `path` is easy to guess."""
    try:
        check_strength(token)
    except ValueError as error:
        advice = "Delete the file. The next start creates a new token."
        raise Unavailable(f"{path}: the token {error}. {advice}") from None


def _read_secret(path: Path) -> str:
    secret = path.read_text().strip()
    if not secret:
        raise Unavailable(f"{path} is empty. Delete it. The next start creates a new one.")
    path.chmod(0o600)
    return secret
