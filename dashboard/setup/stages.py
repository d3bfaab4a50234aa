"""`bin/test`: every check, then pytest, whose closing line is the last thing printed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dashboard.setup.chromium import find_chromium
from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import for_npm
from dashboard.setup.go import with_go
from dashboard.setup.influxd import find_influxd
from dashboard.setup.keycloak import find_keycloak
from dashboard.setup.node import find_node
from dashboard.setup.place import Place

LONG = "--long"
QUICK = "--quick"
NO_TOOLS = ("-m", "not k6 and not browser and not influx")


def run_all(place: Place, arguments: Sequence[str], *, set_up: bool) -> int:
    """A stage that fails does not stop the later ones; a selection runs pytest alone.

    `--quick` leaves out the tests that need k6, a browser or InfluxDB.
    """
    console = SetupConsole(place.logs)
    env = test_environment(place, console, set_up=set_up, quick=QUICK in arguments)
    failed = []
    if not set(arguments) - {LONG, QUICK}:
        failed = [name for name, command, cwd in checks(place) if not passes(name, command, cwd, env)]
    if failed:
        print(f"\n== failed before the tests: {', '.join(failed)}", flush=True)
    tests = [argument for argument in arguments if argument != QUICK]
    tests += NO_TOOLS if QUICK in arguments else ()
    command = [str(place.python), "-m", "pytest", "-o", f"cache_dir={cache(place) / 'pytest'}", *tests]
    passed = passes("pytest", command, place.root, env)
    return 0 if passed and not failed else 1


def cache(place: Place) -> Path:
    """Caches of tools live outside the tree."""
    base = place.environ.get("XDG_CACHE_HOME") or Path(place.environ.get("HOME") or place.tools, ".cache")
    return Path(base, "k6-dashboard")


def test_environment(place: Place, console: SetupConsole, *, set_up: bool, quick: bool) -> dict[str, str]:
    env = with_go(place, place.environ)
    if (place.ui / "package.json").exists():
        env = for_npm(env, find_node(place, console))
    chromium = find_chromium(place, console, install=set_up)
    if chromium:
        env["CHROMIUM_BIN"] = str(chromium)
    folder = cache(place)
    influxd = find_influxd(place, console, folder, build=set_up and not quick)
    if influxd:
        env["INFLUXD_BIN"] = str(influxd)
    keycloak = find_keycloak(place, console, folder, install=set_up and not quick)
    if keycloak:
        env["KEYCLOAK_HOME"] = str(keycloak)
    env |= {"RUFF_CACHE_DIR": str(folder / "ruff"), "MYPY_CACHE_DIR": str(folder / "mypy")}
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    return env


def checks(place: Place) -> list[tuple[str, list[str], Path]]:
    python = str(place.python)
    stages = [
        ("format", [python, "-m", "ruff", "format", "--check", "."], place.root),
        ("lint", [python, "-m", "ruff", "check", "."], place.root),
        ("types", [python, "-m", "mypy", "--strict", "dashboard", "bench"], place.root),
    ]
    return stages + [
        (f"page: {name}", ["npm", "run", "--silent", name], place.ui) for name in page_scripts(place)
    ]


def page_scripts(place: Place) -> list[str]:
    try:
        defined = json.loads((place.ui / "package.json").read_bytes()).get("scripts", {})
    except FileNotFoundError:
        return []
    return [name for name in ("format", "check", "lint", "test") if name in defined]


def passes(name: str, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> bool:
    """Run one stage in sight, with the terminal's signals its own."""
    print(f"\n== {name}", flush=True)
    process = subprocess.Popen(list(command), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL)
    try:
        return process.wait() == 0
    except BaseException:
        process.terminate()
        process.wait()
        raise
