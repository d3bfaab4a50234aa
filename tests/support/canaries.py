"""Run folders in which every secret is a canary, and a search for canaries in archives of any depth."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from dashboard.run_folder.files import NAMES, RunFolder
from dashboard.run_folder.secret_fields import secret_fields

CANARY = "canary-5f0cd9"


def fill_with_canaries(folder: Path) -> None:
    """Write every file of a run folder that holds secrets, with a canary in each secret field."""
    folder.mkdir(parents=True, exist_ok=True)
    for shape in NAMES:
        if secret_fields(shape):
            RunFolder(folder).write(shape(**_values(shape)))


def _values(shape: type) -> dict[str, Any]:
    return {name: _value(name, hint, shape) for name, hint in get_type_hints(shape).items()}


def _value(name: str, hint: Any, shape: type) -> Any:
    text = f"{CANARY}-{NAMES[shape]}-{name}" if name in secret_fields(shape) else "x"
    kind = get_origin(hint) if get_origin(hint) in (tuple, dict) else (*get_args(hint), hint)[0]
    return {str: text, tuple: (text,), dict: {text: text}, bool: True, int: 1, float: 1.0}[kind]


def contents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield every file within `data` with its path, including files in archives within archives."""
    if data[:2] == b"\x1f\x8b":
        yield from contents(f"{name}!", gzip.decompress(data))
    elif data[:4] == b"PK\x03\x04":
        archive = zipfile.ZipFile(io.BytesIO(data))
        for entry in archive.namelist():
            yield from contents(f"{name}/{entry}", archive.read(entry))
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as files:
            for member in files:
                yield from contents(f"{name}/{member.name}", files.extractfile(member).read())
    else:
        yield name, data


def leaks(name: str, data: bytes, canary: str = CANARY) -> list[str]:
    """Return the paths of all files that contain the canary."""
    return [path for path, content in contents(name, data) if canary.encode() in content]
