"""Reads the documents of these tests."""

import json
from pathlib import Path
from typing import Any

import yaml

from dashboard.discovery.discovered import Candidate, Discovered, ImportOptions
from dashboard.discovery.openapi.reader import read_openapi

DOCUMENTS = Path(__file__).parent / "documents"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def load(path: Path) -> Any:
    """Return the data of a JSON or YAML file."""
    raw = path.read_bytes()
    return json.loads(raw) if path.suffix == ".json" else yaml.load(raw, Loader=yaml.CSafeLoader)


def read_file(name: str, options: ImportOptions | None = None) -> Discovered:
    """Import one of the project's own documents."""
    return read_openapi(load(DOCUMENTS / name), options or ImportOptions())


def read_paths(paths: Any, options: ImportOptions | None = None, **members: Any) -> Discovered:
    """Import a document of OpenAPI 3.1 with these paths and further members."""
    root = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": paths, **members}
    return read_openapi(root, options or ImportOptions())


def candidate(discovered: Discovered, key: str) -> Candidate:
    """Return the candidate with the key."""
    return next(one for one in discovered.candidates if one.key == key)


def endpoint(discovered: Discovered, key: str) -> dict[str, Any]:
    """Return the endpoint of the candidate with the key."""
    return candidate(discovered, key).endpoint
