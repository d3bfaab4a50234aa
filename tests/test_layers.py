"""Which way imports point: every room sees the rooms below it, and each library has one owner."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dashboard"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "ui" not in path.relative_to(PACKAGE).parts]

# Room -> the rooms that it may import; a room is a folder, or a file beside the folders.
ARROWS: dict[str, set[str]] = {
    "model": set(),
    "runner": set(),
    "demo": set(),
    "setup": set(),
    "server": set(),
    "server_log": set(),
    "collector": set(),
    "secret_files": set(),
    "settings": {"model", "secret_files"},
    "reference": {"reports", "settings"},
    "wording": set(),
    "data_files": {"model"},
    "endpoints": {"model", "wording"},
    "comparison": {"model"},
    "engine": {"model"},
    "store": {"model"},
    "addresses": {"model"},
    "proxies": set(),
    "outbound": {"addresses", "model", "proxies"},
    "access": {"model", "settings"},
    "bench": {
        *("app", "collector", "demo", "engine", "model", "runner", "runs", "server", "services", "settings"),
        *("replica", "setup", "store"),
    },
    "runs": {"data_files", "endpoints", "engine", "model", "runner", "settings", "store"},
    "replica": {"model", "runs", "store"},
    "backup": {"model", "runner", "store"},
    "retention": {"model", "runs", "store"},
    "reports": {"comparison", "engine", "model", "runner", "runs", "store"},
    "services": {
        "access",
        "data_files",
        "demo",
        "endpoints",
        "engine",
        "model",
        "replica",
        "reports",
        "retention",
        "runs",
        "settings",
        "store",
    },
    "terminal": {"model", "replica", "runs", "server_log", "services", "settings", "store", "wording"},
    "api": {
        *("access", "addresses", "comparison", "data_files", "endpoints", "engine", "model", "outbound"),
        *("proxies", "replica", "reports", "runs", "services", "settings", "store", "wording"),
    },
    "app": {"api", "services"},
    "__main__": {
        *(
            "app",
            "backup",
            "collector",
            "model",
            "server",
            "server_log",
            "services",
            "settings",
            "store",
            "terminal",
        ),
    },
}
# Modules that are all that others see of a room.
DOORS = {
    "runner": {
        *("dashboard.runner.folder", "dashboard.runner.processes", "dashboard.runner.segments"),
        "dashboard.runner.token_answer",  # the connection test reads tokens as a run does
    },
    "store": {
        "dashboard.store.base",
        "dashboard.store.copying",
        "dashboard.store.mirrored",
        "dashboard.store.outbox",
    },
    "replica": {"dashboard.replica.errors", "dashboard.replica.replica"},
}
# These go through any door: one builds everything, the other measures every part.
PASS_KEYS = ("services.py", "bench/")
STDLIB_ONLY = {"model", "runner", "demo", "setup"}
OWNERS = {
    "flask": {"app.py", "api/"},
    "flask_openapi3": {"api/document.py"},
    "werkzeug": {"api/"},
    "waitress": {"server.py"},
    "urllib3": {"outbound.py", "replica/influx.py"},
    # the bench needs a yardstick beside the store
    "sqlite3": {"store/copying.py", "store/database.py", "bench/history.py", "bench/trends.py"},
    "subprocess": {"runner/", "engine/inspect.py", "setup/", "demo/", "bench/"},
}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else path.stem


def imports(tree: ast.AST) -> Iterator[str]:
    """Full names of all that is imported below `tree`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def imports_at_start(path: Path) -> Iterator[str]:
    """What is imported as soon as the module is: not in functions, not for types alone."""
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from imports(statement)


def test_every_room_has_its_place() -> None:
    assert {room_of(path) for path in FILES} - {"__init__"} <= set(ARROWS)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    room = room_of(path)
    for name in imports(ast.parse(path.read_text("utf-8"))):
        if not name.startswith("dashboard."):
            continue
        other = name.split(".")[1]
        assert other == room or other in ARROWS[room], f"{room} must not import {name}"
        if other != room and other in DOORS and not name_of(path).startswith(PASS_KEYS):
            assert name in DOORS[other], f"{room} must not import {name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_libraries_are_used_by_their_owners_alone(path: Path) -> None:
    for name in imports(ast.parse(path.read_text("utf-8"))):
        library = name.split(".")[0]
        if library in OWNERS:
            assert any(name_of(path).startswith(owner) for owner in OWNERS[library]), (
                f"{library} is not for here"
            )
        if room_of(path) in STDLIB_ONLY:
            assert library in sys.stdlib_module_names or library == "dashboard", (
                f"{library} is not in the stdlib"
            )


def test_there_is_no_cycle() -> None:
    modules = {module_of(path): set(imports_at_start(path)) for path in FILES}
    graph = {
        name: {other for other in wanted if other in modules and other != name}
        for name, wanted in modules.items()
    }

    assert len(list(TopologicalSorter(graph).static_order())) == len(modules)
