"""What every test shares: the order of the rings, the long ring's switch, and the real tools."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.keycloak import find_keycloak
from dashboard.setup.tool_environment import tool_cache

ROOT = Path(__file__).resolve().parent.parent
RINGS = ("k6", "influx", "browser")

# how long an example takes says more about the machine than about the code
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests that take minutes too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left_out)
    items.sort(key=ring)


def ring(item: pytest.Item) -> int:
    """Cheap tests first: 0 for those that need no tool, then k6, then InfluxDB, then the browser."""
    return max((n for n, name in enumerate(RINGS, 1) if item.get_closest_marker(name)), default=0)


def missing(tool: str, advice: str) -> NoReturn:
    """A tool that is not there skips its tests on a desk and fails them in CI."""
    words = f"there is no {tool}: {advice}"
    if os.environ.get("CI") == "true":
        pytest.fail(words, pytrace=False)
    pytest.skip(words)


@pytest.fixture(scope="session")
def k6_bin() -> Path:
    """The real k6, as the set-up of `bin/test` found or built it."""
    for found in (os.environ.get("K6_BIN"), str(ROOT / "bin" / "k6"), shutil.which("k6")):
        if found and os.access(found, os.X_OK):
            return Path(found)
    missing("k6", "bin/test builds it")


@pytest.fixture(scope="session")
def chromium_bin() -> Path:
    """The system's Chromium; CHROMIUM_BIN names another."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    for found in (os.environ.get("CHROMIUM_BIN"), *map(shutil.which, names)):
        if found and os.access(found, os.X_OK):
            return Path(found)
    missing("Chromium", "install it, or set CHROMIUM_BIN")


@pytest.fixture(scope="session")
def keycloak_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real Keycloak, as the set-up of `bin/test` fetched it, or fetched now; where no JDK is there is none."""
    checkout = Checkout(ROOT, os.environ)
    console = SetupConsole(tmp_path_factory.mktemp("keycloak") / "logs")
    found = find_keycloak(checkout, console, tool_cache(checkout), install=True)
    return found or pytest.skip("there is no Keycloak: it takes a JDK 17 and Maven, or set KEYCLOAK_HOME")


@pytest.fixture(scope="session")
def influxd_bin() -> Path:
    """The real InfluxDB 2.9.1, as the set-up of `bin/test` found or built it; INFLUXD_BIN names another."""
    for found in (os.environ.get("INFLUXD_BIN"), shutil.which("influxd")):
        if found and os.access(found, os.X_OK):
            return Path(found)
    missing("InfluxDB", "bin/test builds it where Go and Rust are, or set INFLUXD_BIN")
