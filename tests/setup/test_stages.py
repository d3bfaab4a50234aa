from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup.place import Place
from dashboard.setup.stages import run_all
from tests.setup.conftest import FakeTool


@pytest.fixture
def python(place: Place) -> Path:
    """A Python that notes the module it was asked for and fails for those in the file `failing`."""
    place.python.parent.mkdir(parents=True)
    (place.root / "failing").touch()
    place.python.write_text('#!/bin/sh\nshift; echo "$@" >> stages\n! grep -qx "$1" failing\n')
    place.python.chmod(0o755)
    return place.python


def stages(place: Place) -> list[str]:
    return [line.split()[0] for line in (place.root / "stages").read_text().splitlines()]


@pytest.mark.usefixtures("python")
def test_the_checks_come_first_and_pytest_last(place: Place) -> None:
    assert run_all(place, [], set_up=False) == 0
    assert stages(place) == ["ruff", "ruff", "mypy", "pytest"]


@pytest.mark.parametrize("stage", ["ruff", "mypy", "pytest"])
@pytest.mark.usefixtures("python")
def test_a_failing_stage_fails_the_whole_and_the_later_ones_still_run(place: Place, stage: str) -> None:
    (place.root / "failing").write_text(f"{stage}\n")
    assert run_all(place, [], set_up=False) == 1
    assert stages(place) == ["ruff", "ruff", "mypy", "pytest"]


@pytest.mark.usefixtures("python")
def test_what_failed_is_said_before_the_tests(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    (place.root / "failing").write_text("mypy\n")
    run_all(place, [], set_up=False)
    assert capfd.readouterr().out.splitlines()[-3:] == ["== failed before the tests: types", "", "== pytest"]


@pytest.mark.usefixtures("python")
def test_a_selection_runs_pytest_alone(place: Place) -> None:
    assert run_all(place, ["tests/runner", "-k", "x"], set_up=False) == 0
    assert (place.root / "stages").read_text().endswith("/pytest tests/runner -k x\n")
    assert stages(place) == ["pytest"]


@pytest.mark.usefixtures("python")
def test_quick_runs_the_checks_and_the_tests_that_need_no_tool(place: Place) -> None:
    run_all(place, ["--quick"], set_up=False)
    assert stages(place)[0] == "ruff"
    assert (place.root / "stages").read_text().endswith("-m not k6 and not browser and not influx\n")


@pytest.mark.usefixtures("python")
def test_the_page_is_checked_with_what_it_defines(place: Place, fake_tool: FakeTool) -> None:
    fake_tool("node", "echo v24.19.0")
    fake_tool("npm", f'echo "$@" >> {place.root}/stages')
    place.ui.mkdir()
    (place.ui / "package.json").write_text(
        '{"scripts": {"test": "vitest", "check": "svelte-check", "dev": "vite"}}'
    )
    run_all(place, [], set_up=False)
    assert stages(place) == ["ruff", "ruff", "mypy", "run", "run", "pytest"]
    assert "run --silent check\nrun --silent test\n" in (place.root / "stages").read_text()


def test_the_caches_are_outside_the_tree(place: Place, python: Path) -> None:
    python.write_text(
        '#!/bin/sh\necho "$RUFF_CACHE_DIR $MYPY_CACHE_DIR $HYPOTHESIS_STORAGE_DIRECTORY $@" >> stages\n'
    )
    run_all(Place(place.root, {**place.environ, "XDG_CACHE_HOME": "/cache"}), [], set_up=False)
    for line in (place.root / "stages").read_text().splitlines():
        assert line.startswith(
            "/cache/k6-dashboard/ruff /cache/k6-dashboard/mypy /cache/k6-dashboard/hypothesis "
        )
    assert f"cache_dir={Path('/cache/k6-dashboard/pytest')}" in line
