from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import k6_release
from dashboard.setup.console import SetupConsole
from dashboard.setup.k6 import K6
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem
from tests.setup.conftest import FakeTool, said

GOOD = 'echo "k6 v2.2.0 (go1.26.8, linux/amd64)"'


@pytest.fixture(autouse=True)
def no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: Place, console: SetupConsole) -> None:
        raise k6_release.NoRelease("no network")

    monkeypatch.setattr(k6_release, "download", refuse)


@pytest.fixture
def go_builds_k6(fake_tool: FakeTool) -> None:
    answer = "#!/bin/sh\\necho 'k6.new v2.2.0 (go1.26.8, linux/amd64)'\\n"
    build = f'for word; do [ "$last" = -o ] && printf "{answer}" > "$word"; last="$word"; done'
    fake_tool("go", f'[ "$1" = version ] && echo "go version go1.26.8 linux/amd64" && exit\n{build}')


def with_k6_bin(place: Place, path: Path | str) -> Place:
    return Place(place.root, {**place.environ, "K6_BIN": str(path)})


def test_a_k6_on_path_will_do(place: Place, console: SetupConsole, fake_tool: FakeTool) -> None:
    tool = fake_tool("k6", GOOD)
    K6(place).make(console)
    assert K6(place).found() == tool


def test_k6_in_bin_goes_before_the_one_on_path(place: Place, console: SetupConsole, fake_tool: FakeTool) -> None:
    fake_tool("k6", GOOD)
    place.k6.write_text(f"#!/bin/sh\n{GOOD}\n")
    place.k6.chmod(0o755)
    K6(place).make(console)
    assert K6(place).found() == place.k6


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('echo "k6 v2.1.9 (go1.24.1, linux/amd64)"', "is version 2.1.9, and k6 2.2 or newer is needed"),
        ('echo "k6 v0.49.0 (commit/abc, go1.21.6, linux/amd64)"', "is version 0.49.0"),
        ('echo "K6 karaoke player 6.0"', "is not k6"),
        ("exit 1", "is not k6"),
        (f"{GOOD}; exit 3", "is not k6"),
    ],
)
@pytest.mark.usefixtures("go_builds_k6")
def test_a_bad_k6_on_path_is_named_and_passed_over(
    place: Place, console: SetupConsole, fake_tool: FakeTool, script: str, words: str
) -> None:
    bad = fake_tool("k6", script)
    K6(place).make(console)
    assert f"{bad} {words}" in said(console)
    assert K6(place).found() == place.k6


@pytest.mark.usefixtures("go_builds_k6")
def test_a_k6_that_may_not_be_executed_is_passed_over(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD).chmod(0o644)
    K6(place).make(console)
    assert "is not executable; passing it over" in said(console)
    assert K6(place).found() == place.k6


@pytest.mark.usefixtures("go_builds_k6")
def test_a_file_that_is_no_program_is_passed_over(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD).write_bytes(b"\x7fELF nonsense")
    K6(place).make(console)
    assert "does not start (Exec format error); passing it over" in said(console)


def test_a_bad_k6_bin_stops_the_set_up(place: Place, console: SetupConsole, fake_tool: FakeTool) -> None:
    fake_tool("k6", GOOD)
    with pytest.raises(SetupProblem, match="K6_BIN is /nowhere/k6: it does not start .No such file"):
        K6(with_k6_bin(place, "/nowhere/k6")).make(console)


def test_k6_bin_goes_before_everything_and_may_stand_in_the_env_file(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD)
    wanted = fake_tool("my-k6", GOOD)
    (place.root / ".env").write_text(f'# mine\nexport K6_BIN="{wanted}"\n')
    K6(place).make(console)
    assert K6(place).found() == wanted


def test_a_known_k6_is_not_asked_again_until_it_changes(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    tool = fake_tool("k6", f"echo asked >> {place.root}/asked; {GOOD}")
    K6(place).make(console)
    assert K6(place).done()
    assert (place.root / "asked").read_text() == "asked\n"
    tool.write_text(f"#!/bin/sh\n# another\n{GOOD}\n")
    assert not K6(place).done()


def test_a_new_k6_before_the_accepted_one_is_looked_at(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fake_tool("k6", GOOD)
    K6(place).make(console)
    place.k6.write_text("new")
    assert not K6(place).done()


def test_a_build_that_fails_leaves_no_k6_and_says_why(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    fails = 'echo "write /tmp/x: no space left on device" >&2; exit 1'
    fake_tool("go", f'[ "$1" = version ] && echo "go version go1.26.8 linux/amd64" && exit\n{fails}')
    with pytest.raises(SetupProblem, match="k6 could not be built: the disk is full. Free some space"):
        K6(place).make(console)
    assert not place.k6.exists()
    assert not K6(place).done()


def test_a_build_that_makes_no_k6_is_not_taken_for_one(
    place: Place, console: SetupConsole, fake_tool: FakeTool
) -> None:
    junk = 'for word; do [ "$last" = -o ] && echo junk > "$word"; last="$word"; done'
    fake_tool("go", f'[ "$1" = version ] && echo "go version go1.26.8 linux/amd64" && exit\n{junk}')
    with pytest.raises(SetupProblem, match="The k6 that was just made cannot be used"):
        K6(place).make(console)
    assert not place.k6.exists()
