"""Keycloak for the tests: named, unpacked earlier, or fetched through Maven where a JDK is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dashboard.setup.console import SetupConsole
from dashboard.setup.keycloak import VERSION, find_keycloak
from dashboard.setup.place import Place
from tests.setup.conftest import FakeTool, said

JAVA = "echo 'openjdk version \"17.0.1\"' >&2"
KC = '#!/bin/sh\necho "$@" > "$(dirname "$0")/prepared"\n'


@pytest.fixture(autouse=True)
def bare_system(place: Place, tools: Path) -> None:
    place.environ = {**place.environ, "PATH": f"{tools}:/bin:/usr/bin", "JAVA_HOME": ""}


def find(place: Place, console: SetupConsole, tmp_path: Path, *, install: bool = True) -> Path | None:
    return find_keycloak(place, console, tmp_path / "cache", install=install)


def with_maven(fake_tool: FakeTool, tmp_path: Path, script: str = KC) -> None:
    archive = tmp_path / "dist.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(f"keycloak-{VERSION}/bin/kc.sh", script)
    fake_tool(
        "mvn", f'for word; do case $word in -DoutputDirectory=*) cp {archive} "${{word#*=}}";; esac; done'
    )


def test_it_is_fetched_and_prepared_once(
    place: Place, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool
) -> None:
    fake_tool("java", JAVA)
    with_maven(fake_tool, tmp_path)
    home = find(place, console, tmp_path)
    assert home == tmp_path / "cache" / f"keycloak-{VERSION}"
    assert (home / "bin" / "prepared").read_text() == "build --db=dev-mem\n"
    assert [path.name for path in home.parent.iterdir()] == [home.name]
    fake_tool("mvn", "exit 1")
    assert find(place, console, tmp_path) == home


def test_the_named_one_goes_before_all(place: Place, console: SetupConsole, tmp_path: Path) -> None:
    (tmp_path / "own" / "bin").mkdir(parents=True)
    (tmp_path / "own" / "bin" / "kc.sh").touch()
    place.environ = {**place.environ, "KEYCLOAK_HOME": str(tmp_path / "own")}
    assert find(place, console, tmp_path) == tmp_path / "own"


def test_nothing_is_fetched_when_nothing_is_to_be_installed(
    place: Place, console: SetupConsole, tmp_path: Path
) -> None:
    assert find(place, console, tmp_path, install=False) is None


@pytest.mark.parametrize(
    ("java", "script", "words"),
    [
        ("echo 'java version \"11.0.2\"' >&2", KC, "there is no JDK of version 17"),
        (JAVA, "#!/bin/sh\nexit 3\n", "could not be prepared"),
    ],
)
def test_what_is_missing_is_told_and_nothing_left_behind(
    place: Place, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool, java: str, script: str, words: str
) -> None:
    fake_tool("java", java)
    with_maven(fake_tool, tmp_path, script)
    assert find(place, console, tmp_path) is None
    assert words in said(console)
    assert not list((tmp_path / "cache").glob("*"))
