"""Shared by all tests: the order of the test groups, the `--long` option and the real tools."""

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
from tests.support.target import build_target, go_path

ROOT = Path(__file__).resolve().parent.parent
TOOL_MARKS = ("k6", "influx", "browser")

# the duration of an example depends more on the machine than on the code
hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.load_profile("no-deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="also run the tests that take minutes or repeat their checks"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        deselected = [item for item in items if item.get_closest_marker("long")]
        items[:] = [item for item in items if not item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=deselected)
    items.sort(key=group_number)


def group_number(item: pytest.Item) -> int:
    """Return the position of a test's group, cheap tests first: without tools, k6, InfluxDB, browser."""
    return max((n for n, name in enumerate(TOOL_MARKS, 1) if item.get_closest_marker(name)), default=0)


def skip_or_fail(tool: str, advice: str) -> NoReturn:
    """Skip the test; in CI fail it, because every tool must be installed there."""
    message = f"{tool} is missing: {advice}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def k6_bin() -> Path:
    """The real k6, which the setup of `bin/test` finds or builds."""
    for path in (os.environ.get("K6_BIN"), str(ROOT / "bin" / "k6"), shutil.which("k6")):
        if path and os.access(path, os.X_OK):
            return Path(path)
    skip_or_fail("k6", "bin/test builds it")


@pytest.fixture(scope="session")
def chromium_bin() -> Path:
    """Chromium: the one in CHROMIUM_BIN, or the first one on PATH."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    for path in (os.environ.get("CHROMIUM_BIN"), *map(shutil.which, names)):
        if path and os.access(path, os.X_OK):
            return Path(path)
    skip_or_fail("Chromium", "install it, or set CHROMIUM_BIN")


@pytest.fixture(scope="session")
def nginx_bin() -> Path:
    """nginx: the one in NGINX_BIN, which the setup of `bin/test` finds or installs, or the system's own."""
    for path in (os.environ.get("NGINX_BIN"), shutil.which("nginx"), "/usr/sbin/nginx"):
        if path and os.access(path, os.X_OK):
            return Path(path)
    skip_or_fail("nginx", "install it, or set NGINX_BIN")


@pytest.fixture(scope="session")
def keycloak_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real Keycloak. It is downloaded if the setup of `bin/test` has not done so, and requires a JDK."""
    checkout = Checkout(ROOT, os.environ)
    console = SetupConsole(tmp_path_factory.mktemp("keycloak") / "logs")
    home = find_keycloak(checkout, console, tool_cache(checkout), install=True)
    return home or pytest.skip("Keycloak is missing: install a JDK 17 and Maven, or set KEYCLOAK_HOME")


@pytest.fixture(scope="session")
def influxd_bin() -> Path:
    """InfluxDB 2.9.1: the one in INFLUXD_BIN, which the setup of `bin/test` finds or builds, or the one on PATH."""
    for path in (os.environ.get("INFLUXD_BIN"), shutil.which("influxd")):
        if path and os.access(path, os.X_OK):
            return Path(path)
    skip_or_fail("InfluxDB", "install Go and Rust so that bin/test can build it, or set INFLUXD_BIN")


@pytest.fixture(scope="session")
def target_bin() -> Path:
    """The compiled target. Its cache is shared by all test processes."""
    go = go_path() or skip_or_fail("Go", "the compiled target is built with it")
    return build_target(tool_cache(Checkout(ROOT, os.environ)) / "target", go)
