"""`bin/test`: which checks and tests run, in which order, and what the exit code and the last line are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.setup.checkout import ROOT, Checkout
from dashboard.setup.stages import run_all
from tests.setup.conftest import FakeTool

FAKE_PYTHON = """#!/bin/sh
# Record the module and its arguments; fail for modules that are listed in the file `failing`.
shift
echo "$@" >> calls
echo "output of $1"
! grep -qx "$1" failing
"""


@pytest.fixture
def python(checkout: Checkout) -> Path:
    """A Python that records which module it should run."""
    checkout.python.parent.mkdir(parents=True)
    (checkout.root / "failing").touch()
    checkout.python.write_text(FAKE_PYTHON)
    checkout.python.chmod(0o755)
    return checkout.python


def calls(checkout: Checkout, name: str = "") -> list[str]:
    """Return the recorded command lines that start with `name`, in order."""
    lines = (checkout.root / "calls").read_text().splitlines()
    return [line for line in lines if line.startswith(name)]


def with_tools(checkout: Checkout, **environ: str) -> Checkout:
    tools = {"CHROMIUM_BIN": "/opt/chromium", "INFLUXD_BIN": "/opt/influxd"}
    return Checkout(checkout.root, {**checkout.environ, **tools, **environ})


@pytest.mark.usefixtures("python")
def test_checks_and_three_groups_of_tests_run(checkout: Checkout) -> None:
    assert run_all(with_tools(checkout), [], set_up=False) == 0
    assert [call.split()[0] for call in calls(checkout) if not call.startswith("pytest")] == [
        *("ruff", "ruff", "mypy")
    ]
    groups = calls(checkout, "pytest")
    without_tools, tool_tests, serial = groups
    assert " -n 2 --dist loadfile " in without_tools
    assert without_tools.endswith(" -m not k6 and not browser and not influx and not serial")
    assert " -n 3 --dist loadfile " in tool_tests
    assert tool_tests.endswith(" -m (k6 or browser or influx) and not serial")
    assert " -n " not in serial
    assert serial.endswith(" -m serial")
    assert all(" --durations=25 " in call for call in groups)
    assert len({option for call in groups for option in call.split() if option.startswith("--counts=")}) == 1


@pytest.mark.usefixtures("python")
def test_a_failed_group_of_tests_fails_the_command_although_later_groups_pass(checkout: Checkout) -> None:
    checkout.python.write_text(
        '#!/bin/sh\necho "$@" >> calls\ncase "$*" in *"and not serial") exit 1; esac\n'
    )
    assert run_all(with_tools(checkout), [], set_up=False) == 1
    assert len(calls(checkout, "-m pytest")) == 3


@pytest.mark.parametrize("module", ["ruff", "mypy", "pytest"])
@pytest.mark.usefixtures("python")
def test_a_failed_stage_fails_the_command_but_later_stages_run(checkout: Checkout, module: str) -> None:
    (checkout.root / "failing").write_text(f"{module}\n")
    assert run_all(with_tools(checkout), [], set_up=False) == 1
    assert len(calls(checkout)) == 6


@pytest.mark.usefixtures("python")
def test_failed_checks_are_listed_before_the_tests(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    (checkout.root / "failing").write_text("mypy\n")
    run_all(with_tools(checkout), [], set_up=False)
    lines = [line for line in capfd.readouterr().out.splitlines() if line]
    assert lines[-7:] == [
        "== failed before the tests: types",
        "== tests without tools",
        "output of pytest",
        "== tests with tools",
        "output of pytest",
        "== serial tests",
        "output of pytest",
    ]


@pytest.mark.usefixtures("python")
def test_a_selection_runs_only_pytest(checkout: Checkout) -> None:
    assert run_all(checkout, ["tests/runner", "-k", "x"], set_up=False) == 0
    (call,) = calls(checkout)
    assert call.endswith("/pytest tests/runner -k x")


@pytest.mark.usefixtures("python")
def test_quick_runs_the_checks_and_the_tests_without_tools(checkout: Checkout) -> None:
    assert run_all(checkout, ["--quick"], set_up=False) == 0
    assert len(calls(checkout, "ruff")) == 2
    (call,) = calls(checkout, "pytest")
    assert call.endswith(" -m not k6 and not browser and not influx and not serial")


@pytest.mark.usefixtures("python")
def test_long_applies_to_all_groups(checkout: Checkout) -> None:
    run_all(with_tools(checkout), ["--long"], set_up=False)
    assert all(" --long " in call for call in calls(checkout, "pytest"))


@pytest.mark.usefixtures("python")
def test_in_ci_a_missing_tool_is_reported_once_and_its_tests_are_left_out(
    checkout: Checkout, capfd: pytest.CaptureFixture[str]
) -> None:
    in_ci = with_tools(checkout, CI="true", INFLUXD_BIN="")
    assert run_all(in_ci, [], set_up=False) == 1
    assert "== failed before the tests: InfluxDB is missing" in capfd.readouterr().out
    _, tool_tests, serial = calls(checkout, "pytest")
    assert tool_tests.endswith(" -m (k6 or browser or influx) and not serial and not influx")
    assert serial.endswith(" -m serial and not influx")


@pytest.mark.usefixtures("python")
def test_outside_ci_the_tests_of_a_missing_tool_skip_themselves(checkout: Checkout) -> None:
    assert run_all(with_tools(checkout, INFLUXD_BIN=""), [], set_up=False) == 0
    _, tool_tests, serial = calls(checkout, "pytest")
    assert tool_tests.endswith(" -m (k6 or browser or influx) and not serial")
    assert serial.endswith(" -m serial")


@pytest.mark.usefixtures("python")
def test_the_checks_that_package_json_defines_run(checkout: Checkout, fake_tool: FakeTool) -> None:
    fake_tool("node", "echo v24.19.0")
    fake_tool("npm", f'echo "npm $@" >> {checkout.root}/calls')
    checkout.ui.mkdir()
    (checkout.ui / "package.json").write_text(
        '{"scripts": {"test": "vitest", "check": "svelte-check", "dev": "vite"}}'
    )
    run_all(checkout, ["--quick"], set_up=False)
    assert calls(checkout, "npm") == ["npm run --silent check", "npm run --silent test"]


def test_caches_are_outside_the_checkout(checkout: Checkout, python: Path) -> None:
    python.write_text(
        '#!/bin/sh\necho "$RUFF_CACHE_DIR $MYPY_CACHE_DIR $HYPOTHESIS_STORAGE_DIRECTORY $@" >> calls\n'
    )
    run_all(Checkout(checkout.root, {**checkout.environ, "XDG_CACHE_HOME": "/cache"}), [], set_up=False)
    caches = "/cache/k6-dashboard/ruff /cache/k6-dashboard/mypy /cache/k6-dashboard/hypothesis "
    assert len(calls(checkout, caches)) == len(calls(checkout)) == 6
    assert sum("cache_dir=/cache/k6-dashboard/pytest" in call for call in calls(checkout)) == 3


def test_the_closing_line_counts_all_groups(tmp_path: Path) -> None:
    option = f"--counts={tmp_path / 'counts.json'}"
    first, second, third = (tmp_path / f"test_{name}.py" for name in ("first", "second", "third"))
    first.write_text("def test_a(): pass\ndef test_b(): assert False\n")
    second.write_text("def test_c(): pass\n")
    third.write_text("import pytest\ndef test_d(): pytest.skip('no tool')\ndef test_e(): pass\n")
    assert " 1 failed, 1 passed in " in closing_line(first, option)
    assert " 1 failed, 2 passed in " in closing_line(second, option, "-n", "2", "--dist", "loadfile")
    assert " 1 failed, 3 passed, 1 skipped in " in closing_line(third, option)


def closing_line(file: Path, *options: str) -> str:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "xdist.plugin",
        "-p",
        "tests.support.counts",
        *options,
    ]
    command += ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(file.parent), str(file)]
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return f" {result.stdout.splitlines()[-1]}"
