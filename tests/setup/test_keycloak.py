"""Keycloak for the tests: configured, unpacked earlier, or fetched through Maven."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.keycloak import VERSION, find_keycloak
from tests.setup.conftest import FakeTool, printed

JAVA = "echo 'openjdk version \"17.0.1\"' >&2"
KC = '#!/bin/sh\necho "$@" > "$(dirname "$0")/prepared"\n'


@pytest.fixture(autouse=True)
def bare_system(checkout: Checkout, tools: Path) -> None:
    checkout.environ = {**checkout.environ, "PATH": f"{tools}:/bin:/usr/bin", "JAVA_HOME": ""}


def find(checkout: Checkout, console: SetupConsole, tmp_path: Path, *, install: bool = True) -> Path | None:
    return find_keycloak(checkout, console, tmp_path / "cache", install=install)


def with_maven(fake_tool: FakeTool, tmp_path: Path, script: str = KC) -> None:
    archive = tmp_path / "dist.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(f"keycloak-{VERSION}/bin/kc.sh", script)
    fake_tool(
        "mvn", f'for word; do case $word in -DoutputDirectory=*) cp {archive} "${{word#*=}}";; esac; done'
    )


def test_keycloak_is_fetched_and_prepared_once(
    checkout: Checkout, console: SetupConsole, tmp_path: Path, fake_tool: FakeTool
) -> None:
    fake_tool("java", JAVA)
    with_maven(fake_tool, tmp_path)
    home = find(checkout, console, tmp_path)
    assert home == tmp_path / "cache" / f"keycloak-{VERSION}"
    assert (home / "bin" / "prepared").read_text() == "build --db=dev-mem\n"
    assert [path.name for path in home.parent.iterdir()] == [home.name]
    fake_tool("mvn", "exit 1")
    assert find(checkout, console, tmp_path) == home


def test_keycloak_home_takes_precedence(checkout: Checkout, console: SetupConsole, tmp_path: Path) -> None:
    (tmp_path / "own" / "bin").mkdir(parents=True)
    (tmp_path / "own" / "bin" / "kc.sh").touch()
    checkout.environ = {**checkout.environ, "KEYCLOAK_HOME": str(tmp_path / "own")}
    assert find(checkout, console, tmp_path) == tmp_path / "own"


def test_keycloak_is_not_fetched_without_install(
    checkout: Checkout, console: SetupConsole, tmp_path: Path
) -> None:
    assert find(checkout, console, tmp_path, install=False) is None


@pytest.mark.parametrize(
    ("java", "script", "message"),
    [
        ("echo 'java version \"11.0.2\"' >&2", KC, "a JDK of version 17 or newer is missing"),
        (JAVA, "#!/bin/sh\nexit 3\n", "could not be prepared"),
    ],
)
def test_the_error_is_printed_and_no_file_is_left_behind(
    checkout: Checkout,
    console: SetupConsole,
    tmp_path: Path,
    fake_tool: FakeTool,
    java: str,
    script: str,
    message: str,
) -> None:
    fake_tool("java", java)
    with_maven(fake_tool, tmp_path, script)
    assert find(checkout, console, tmp_path) is None
    assert message in printed(console)
    assert not list((tmp_path / "cache").glob("*"))
