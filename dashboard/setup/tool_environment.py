"""The tools of the tests (Go, Node, Chromium, nginx, InfluxDB, Keycloak, Prism) and the variables with their paths."""

from __future__ import annotations

from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.chromium import find_chromium
from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import npm_environment
from dashboard.setup.go import with_go
from dashboard.setup.influxd import find_influxd
from dashboard.setup.keycloak import find_keycloak
from dashboard.setup.nginx import find_nginx
from dashboard.setup.node import find_node
from dashboard.setup.prism import find_prism

# (marker of the tests, name of the tool, variable with its path)
MARKED_TOOLS = (("browser", "Chromium", "CHROMIUM_BIN"), ("influx", "InfluxDB", "INFLUXD_BIN"))


def tool_cache(checkout: Checkout) -> Path:
    """Return the folder for tools and caches, which lies outside the checkout."""
    environ = checkout.environ
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or checkout.tools, ".cache")
    return Path(base, "k6-dashboard")


def make_environment(
    checkout: Checkout, console: SetupConsole, *, install: bool, quick: bool
) -> dict[str, str]:
    """Return the environment of checks and tests. `quick` leaves out the tools that take minutes to install."""
    env = with_go(checkout, checkout.environ)
    if (checkout.ui / "package.json").exists():
        env = npm_environment(env, find_node(checkout, console))
    cache = tool_cache(checkout)
    install_slow = install and not quick
    tools = {
        "CHROMIUM_BIN": find_chromium(checkout, console, install=install),
        "NGINX_BIN": find_nginx(checkout, console, install=install_slow),
        "INFLUXD_BIN": find_influxd(checkout, console, cache, build=install_slow),
        "PRISM_SCRIPT": find_prism(checkout, console, install=install),
        "KEYCLOAK_HOME": find_keycloak(checkout, console, cache, install=install_slow),
    }
    env |= {variable: str(path) for variable, path in tools.items() if path}
    env |= {"RUFF_CACHE_DIR": str(cache / "ruff"), "MYPY_CACHE_DIR": str(cache / "mypy")}
    env["HYPOTHESIS_STORAGE_DIRECTORY"] = str(cache / "hypothesis")
    return env


def missing_tools(env: dict[str, str]) -> dict[str, str]:
    """Return the names of missing tools by the marker of the tests that need them."""
    return {marker: name for marker, name, variable in MARKED_TOOLS if not env.get(variable)}
