"""Reads the settings that the setup shares with the dashboard from `.env`."""

from __future__ import annotations

from pathlib import Path


def read_env_file(path: Path) -> dict[str, str]:
    """Return the plain `KEY=value` lines of a `.env` file. The dashboard itself reports invalid lines."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {key.strip(): unquote(value) for key, sign, value in pairs if sign and not key.startswith("#")}


def unquote(value: str) -> str:
    value = value.strip()
    if value[:1] in ("'", '"') and value.endswith(value[0]) and len(value) > 1:
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()
