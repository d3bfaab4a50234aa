"""Finding and installing Prism."""

import pytest

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.prism import FILES, find_prism
from tests.setup.conftest import FakeTool, printed

NPM = """
script=node_modules/@stoplight/prism-cli/dist/index.js
mkdir -p "$(dirname $script)" && echo > $script && echo "$1" >> npm-calls
"""


@pytest.fixture(autouse=True)
def sources(checkout: Checkout, fake_tool: FakeTool) -> None:
    fake_tool("node", "echo v24.19.0")
    fake_tool("npm", NPM)
    folder = checkout.root / "tools" / "prism"
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_text("{}")


def test_prism_is_installed_once(checkout: Checkout, console: SetupConsole) -> None:
    assert find_prism(checkout, console, install=False) is None
    script = find_prism(checkout, console, install=True)

    assert script is not None
    assert script.exists()
    assert find_prism(checkout, console, install=True) == script
    assert (checkout.tools / "prism" / "npm-calls").read_text().split() == ["ci"]


def test_a_changed_lock_installs_it_again(checkout: Checkout, console: SetupConsole) -> None:
    find_prism(checkout, console, install=True)
    (checkout.root / "tools" / "prism" / "package-lock.json").write_text('{"a": 1}')

    assert find_prism(checkout, console, install=False) is None


def test_a_failed_installation_is_reported_and_repeated(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("npm", "exit 1")

    assert find_prism(checkout, console, install=True) is None
    assert "Prism could not be installed" in printed(console)
    fake_tool("npm", NPM)
    assert find_prism(checkout, console, install=True) is not None
