"""Import rules: each package imports only the packages below it, and each library has its owners."""

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dashboard"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "ui" not in path.relative_to(PACKAGE).parts]

# Package -> the packages that it may import. A package is a folder or a top-level module. `runs` and `api` are large:
# each of their folders counts as a package; `runs` and `api` alone mean the files beside those folders.
RUN_PACKAGES = {
    *("runs/start", "runs/live", "runs/control", "runs/slo", "runs/publish", "runs/dry", "runs"),
}
ALLOWED: dict[str, set[str]] = {
    "model": set(),
    "addresses": set(),
    "durable": set(),
    "file_lock": set(),
    "run_folder": {"durable", "file_lock"},
    "data_dir": {"durable", "file_lock", "runner"},
    "runner": {"addresses", "durable", "run_folder"},
    "demo": {"durable"},
    "output_encoding": set(),
    "setup": {"file_lock", "output_encoding", "termination"},
    "connections": {"model"},
    "server": {"connections", "termination"},
    "log_limit": set(),
    "server_log": {"log_limit", "model"},
    "gc_tuning": set(),
    "slim_imports": set(),
    "loop": set(),
    "secret_files": set(),
    "validation_messages": set(),
    "termination": set(),
    "templating": {"model"},
    "settings": {"model", "secret_files"},
    "setting_texts": {"model", "settings"},
    "reference": {"__main__", "integrations", "reports", "setting_texts", "settings", "terminal"},
    "data_files": {"durable", "model"},
    "endpoints": {"durable", "file_lock", "model", "validation_messages"},
    "document_edits": {"endpoints", "model", "store"},
    "discovery": {"endpoints", "model"},
    "scan": {"discovery", "model", "outbound"},
    "comparison": {"model"},
    "engine": {"model"},
    "store": {"model"},
    "outbound": {"addresses", "model"},
    "integrations": {"model", "reports", "templating"},
    "webhooks": {
        *("access", "addresses", "durable", "integrations", "loop", "model", "outbound", "settings", "store"),
    },
    "access": {"model", "settings", "store"},
    "runs/publish": {"engine", "model", "run_folder", "store"},
    "runs/slo": {"engine", "model", "settings", "store"},
    "runs/start": {
        *("addresses", "data_files", "endpoints", "engine", "model", "outbound", "run_folder", "runner"),
        *("settings", "store", "runs/publish", "runs/slo"),
    },
    "runs/control": {"loop", "model", "run_folder", "runner", "runs/publish", "runs/start", "store"},
    "runs/live": {
        *("engine", "model", "run_folder", "runner", "store"),
        *("runs/control", "runs/publish", "runs/slo"),
    },
    "runs/dry": {
        *("engine", "loop", "model", "run_folder", "runner"),
        *("runs/control", "runs/live", "runs/publish", "runs/start"),
    },
    "runs": {
        *("comparison", "endpoints", "engine", "loop", "model", "run_folder", "store"),
        *("runs/control", "runs/live", "runs/publish", "runs/slo", "runs/start"),
    },
    "replica": {"loop", "model", "store"},
    "backup": {"model", "run_folder", "store"},
    "retention": {"model", "runs", "store"},
    "transfer": {"engine", "model", "run_folder", "store"},
    "reports": {"comparison", "model", "run_folder", "runs", "runs/slo", "store", "templating", "transfer"},
    "services": {
        "webhooks",
        *(
            "access",
            "data_dir",
            "data_files",
            "demo",
            "discovery",
            "document_edits",
            "endpoints",
            "engine",
            "loop",
            "model",
        ),
        *("replica", "retention", "settings", "store", "transfer"),
        *RUN_PACKAGES,
    },
    "terminal": {
        *("access", "data_dir", "model", "replica", "reports", "server_log", "services", "settings", "store"),
        *("validation_messages", "runs/start"),
        "termination",
        *("discovery", "outbound", "scan"),
    },
    "api/shapes": {
        "comparison",
        "data_files",
        "discovery",
        "document_edits",
        "scan",
        "endpoints",
        "engine",
        "model",
        "reports",
        "runs/publish",
        "runs/start",
        "setting_texts",
        "webhooks",
    },
    "api/http": {
        *("access", "data_files", "model", "services", "settings", "store", "validation_messages"),
        "api/shapes",
    },
    "api": {
        "integrations",
        *(
            "access",
            "comparison",
            "data_files",
            "discovery",
            "document_edits",
            "endpoints",
            "engine",
            "model",
            "outbound",
            "scan",
        ),
        *("replica", "reports", "services", "setting_texts", "settings", "store", "transfer"),
        *("api/http", "api/shapes", "runs", "runs/dry", "runs/publish", "runs/start"),
    },
    "app": {"api", "api/http", "reports", "services"},
    "__main__": {
        *(
            "api/http",
            "app",
            "backup",
            "connections",
            "data_dir",
            "gc_tuning",
            "model",
            "output_encoding",
            "server",
            "server_log",
        ),
        *("services", "settings", "slim_imports", "store", "terminal", "termination"),
    },
}
SUBDIVIDED = {"runs", "api"}
# The only modules of a package that other packages may import.
PUBLIC_MODULES = {
    "runner": {
        "dashboard.runner.processes.posix",
        "dashboard.runner.tokens.response",  # the connection test parses tokens as a run does
    },
    "store": {
        "dashboard.store.codec",
        "dashboard.store.errors",
        "dashboard.store.copying",
        "dashboard.store.mirrored",
        "dashboard.store.outbox",
        "dashboard.store.store",
        "dashboard.store.values",
    },
    "replica": {"dashboard.replica.errors", "dashboard.replica.replica"},
}
# The composition root creates all objects, so it may import any module.
COMPOSITION_ROOT = ("services.py",)
STDLIB_ONLY = {
    "addresses",
    "model",
    "durable",
    "file_lock",
    "output_encoding",
    "termination",
    "run_folder",
    "runner",
    "demo",
    "setup",
}
OWNERS = {
    "flask": {"app.py", "api/"},
    "flask_openapi3": {"api/http/openapi.py"},
    "werkzeug": {"api/"},
    "waitress": {"connections/"},
    "jinja2": {"templating.py"},
    "urllib3": {"outbound/", "replica/client_errors.py"},
    "influxdb_client": {"replica/"},
    "yaml": {"discovery/"},
    "graphql": {"discovery/"},
    "defusedxml": {"discovery/"},
    "requests": {"outbound/"},
    "sqlite3": {"store/copying.py", "store/database.py"},
    "standardwebhooks": {"webhooks/"},
    "subprocess": {"discovery/process.py", "runner/", "engine/k6_binary.py", "setup/", "demo/"},
}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def package_of(path: Path) -> str:
    *folders, _ = parts = path.relative_to(PACKAGE).parts
    if not folders:
        return path.stem
    return "/".join(parts[:2]) if parts[0] in SUBDIVIDED and len(folders) > 1 else parts[0]


def package_of_module(name: str) -> str:
    path = ROOT.joinpath(*name.split("."))
    return package_of(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))


def imported_modules(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of every module that `tree` imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            modules = [name for name in names if is_module(name)]
            yield from modules or [node.module]


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def modules_imported_at_start(path: Path) -> Iterator[str]:
    """Yield the modules that are imported with the module itself: not inside functions, not for types alone."""
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield from imported_modules(statement)


def test_every_package_has_its_rules() -> None:
    assert {package_of(path) for path in FILES} - {"__init__"} <= set(ALLOWED)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    package = package_of(path)
    for name in imported_modules(ast.parse(path.read_text("utf-8"))):
        if not name.startswith("dashboard."):
            continue
        other = package_of_module(name)
        assert other == package or other in ALLOWED[package], f"{package} must not import {name}"
        if other != package and other in PUBLIC_MODULES and not name_of(path).startswith(COMPOSITION_ROOT):
            assert name in PUBLIC_MODULES[other], f"{package} must not import {name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_libraries_are_imported_only_by_their_owners(path: Path) -> None:
    for name in imported_modules(ast.parse(path.read_text("utf-8"))):
        library = name.split(".")[0]
        if library in OWNERS:
            assert any(name_of(path).startswith(owner) for owner in OWNERS[library]), (
                f"{library} may not be imported here"
            )
        if package_of(path) in STDLIB_ONLY:
            assert library in sys.stdlib_module_names or library == "dashboard", (
                f"{library} is not in the stdlib"
            )


def test_imports_have_no_cycle() -> None:
    modules = {module_of(path): set(modules_imported_at_start(path)) for path in FILES}
    graph = {
        name: {other for other in imports if other in modules and other != name}
        for name, imports in modules.items()
    }

    assert len(list(TopologicalSorter(graph).static_order())) == len(modules)
