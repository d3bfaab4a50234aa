from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import k6_release
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.k6 import K6Step
from tests.setup.conftest import FakeTool, printed

GOOD = 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"'


@pytest.fixture(autouse=True)
def no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(checkout: Checkout, console: SetupConsole) -> None:
        raise k6_release.ReleaseUnavailable("no network")

    monkeypatch.setattr(k6_release, "install_release", refuse)


@pytest.fixture
def go_builds_k6(fake_tool: FakeTool) -> None:
    output = "#!/bin/sh\\necho 'k6.new v2.2.0 (go1.26.8, linux/amd64)'\\n"
    build = f'for word; do [ "$last" = -o ] && printf "{output}" > "$word"; last="$word"; done'
    fake_tool("go", f'[ "$1" = version ] && echo "go version go1.26.8 linux/amd64" && exit\n{build}')


def with_k6_bin(checkout: Checkout, path: Path | str) -> Checkout:
    return Checkout(checkout.root, {**checkout.environ, "K6_BIN": str(path)})


def test_a_k6_on_path_is_used(checkout: Checkout, console: SetupConsole, fake_tool: FakeTool) -> None:
    tool = fake_tool("k6", GOOD)
    K6Step(checkout).run(console)
    assert K6Step(checkout).find_accepted() == tool


def test_bin_k6_takes_precedence_over_path(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD)
    checkout.k6.write_text(f"#!/bin/sh\n{GOOD}\n")
    checkout.k6.chmod(0o755)
    K6Step(checkout).run(console)
    assert K6Step(checkout).find_accepted() == checkout.k6


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('echo "k6 v2.1.9 (go1.24.1, linux/amd64)"', "is version 2.1.9, but k6 2.2 or newer is required"),
        ('echo "k6 v0.49.0 (commit/abc, go1.21.6, linux/amd64)"', "is version 0.49.0"),
        ('echo "K6 karaoke player 6.0"', "is not k6"),
        ("exit 1", "is not k6"),
        (f"{GOOD}; exit 3", "is not k6"),
    ],
)
@pytest.mark.usefixtures("go_builds_k6")
def test_an_unsuitable_k6_on_path_is_reported_and_skipped(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool, script: str, message: str
) -> None:
    bad = fake_tool("k6", script)
    K6Step(checkout).run(console)
    assert f"{bad} {message}" in printed(console)
    assert K6Step(checkout).find_accepted() == checkout.k6


@pytest.mark.usefixtures("go_builds_k6")
def test_a_k6_that_is_not_executable_is_skipped(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD).chmod(0o644)
    K6Step(checkout).run(console)
    assert "is not executable; skipped" in printed(console)
    assert K6Step(checkout).find_accepted() == checkout.k6


@pytest.mark.usefixtures("go_builds_k6")
def test_a_file_that_is_not_a_program_is_skipped(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD).write_bytes(b"\x7fELF nonsense")
    K6Step(checkout).run(console)
    assert "does not start (Exec format error); skipped" in printed(console)


def test_an_unsuitable_k6_bin_stops_the_setup(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD)
    with pytest.raises(SetupError, match="K6_BIN is /nowhere/k6: it does not start .No such file"):
        K6Step(with_k6_bin(checkout, "/nowhere/k6")).run(console)


def test_k6_bin_takes_precedence_and_may_be_in_the_env_file(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD)
    chosen = fake_tool("my-k6", GOOD)
    (checkout.root / ".env").write_text(f'# mine\nexport K6_BIN="{chosen}"\n')
    K6Step(checkout).run(console)
    assert K6Step(checkout).find_accepted() == chosen


def test_an_accepted_k6_is_not_run_again_until_it_changes(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    tool = fake_tool("k6", f"echo called >> {checkout.root}/calls; {GOOD}")
    K6Step(checkout).run(console)
    assert K6Step(checkout).is_done()
    assert (checkout.root / "calls").read_text() == "called\n"
    tool.write_text(f"#!/bin/sh\n# another\n{GOOD}\n")
    assert not K6Step(checkout).is_done()


def test_a_new_candidate_that_takes_precedence_is_checked(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD)
    K6Step(checkout).run(console)
    checkout.k6.write_text("new")
    assert not K6Step(checkout).is_done()


def test_a_failed_build_leaves_no_k6_and_reports_the_cause(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fails = 'echo "write /tmp/x: no space left on device" >&2; exit 1'
    fake_tool("go", f'[ "$1" = version ] && echo "go version go1.26.8 linux/amd64" && exit\n{fails}')
    with pytest.raises(SetupError, match="k6 could not be built: the disk is full. Free some space"):
        K6Step(checkout).run(console)
    assert not checkout.k6.exists()
    assert not K6Step(checkout).is_done()


def test_a_build_that_produces_no_k6_is_rejected(
    checkout: Checkout, console: SetupConsole, fake_tool: FakeTool
) -> None:
    junk = 'for word; do [ "$last" = -o ] && echo junk > "$word"; last="$word"; done'
    fake_tool("go", f'[ "$1" = version ] && echo "go version go1.26.8 linux/amd64" && exit\n{junk}')
    with pytest.raises(SetupError, match="The new k6 cannot be used"):
        K6Step(checkout).run(console)
    assert not checkout.k6.exists()
