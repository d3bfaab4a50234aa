"""`bin/test`: runs the static checks and the tests. pytest's closing line is the last line of the output.

The tests without tools run in parallel with the static checks. The tests with tools follow, several at a time, because
they mostly wait for k6. The tests that are marked `serial` come last, one at a time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.tool_environment import make_environment, missing_tools, tool_cache

LONG = "--long"
QUICK = "--quick"
WITH_TOOLS = "k6 or browser or influx"
WITHOUT_TOOLS = "not k6 and not browser and not influx"
SERIAL = "serial"
PARALLEL = ("-n", "2", "--dist", "loadfile")
PARALLEL_WITH_TOOLS = ("-n", "3", "--dist", "loadfile")
REPORT_OPTIONS = ("--durations=25",)
PAGE_SCRIPTS = ("format", "check", "lint", "test", "k6:format", "k6:check", "k6:lint")
POLL_INTERVAL_S = 0.1


class Stage(NamedTuple):
    name: str
    command: list[str]
    cwd: Path


def run_all(checkout: Checkout, arguments: Sequence[str], *, set_up: bool) -> int:
    """Run everything, or only pytest if `arguments` select tests. Returns the exit code.

    A failed stage does not stop the later ones. `--quick` runs only the tests that need neither k6 nor a browser nor
    InfluxDB and that are not marked `serial`.
    """
    quick, options = QUICK in arguments, [argument for argument in arguments if argument != QUICK]
    console = SetupConsole(checkout.logs)
    env = make_environment(checkout, console, install=set_up, quick=quick)
    if set(options) - {LONG}:
        selection = [*options, *(("-m", WITHOUT_TOOLS) if quick else ())]
        return 0 if run_stage(pytest_stage(checkout, "pytest", selection), env) else 1
    with tempfile.TemporaryDirectory() as folder:
        return run_everything(checkout, options, env, Path(folder), quick=quick)


def run_everything(
    checkout: Checkout, options: list[str], env: dict[str, str], folder: Path, *, quick: bool
) -> int:
    counts, log = folder / "counts.json", folder / "tests.log"
    # outside CI the tests of a missing tool are skipped, each with the reason
    missing = missing_tools(env) if env.get("CI") == "true" and not quick else {}
    failed = [f"{name} is missing" for name in missing.values()]
    shared = [*REPORT_OPTIONS, *options, *count_options(counts)]
    selection = f"{WITHOUT_TOOLS} and not {SERIAL}"
    parallel = pytest_stage(checkout, "tests without tools", [*PARALLEL, *shared, "-m", selection])
    with run_in_background(parallel, env, log) as process:
        failed += [stage.name for stage in static_checks(checkout) if not run_stage(stage, env)]
        if failed:
            print(f"\n== failed before the tests: {', '.join(failed)}", flush=True)
        print(f"\n== {parallel.name}", flush=True)
        passed = follow(process, log) == 0
    if not quick:
        left_out = "".join(f" and not {marker}" for marker in missing)
        results = [run_stage(stage, env) for stage in tool_stages(checkout, shared, left_out)]
        passed &= all(results)
    return 0 if passed and not failed else 1


def tool_stages(checkout: Checkout, shared: Sequence[str], left_out: str) -> list[Stage]:
    """Return the tests with tools in parallel, then the serial ones."""
    selection = f"({WITH_TOOLS}) and not {SERIAL}{left_out}"
    return [
        pytest_stage(checkout, "tests with tools", [*PARALLEL_WITH_TOOLS, *shared, "-m", selection]),
        pytest_stage(checkout, "serial tests", [*shared, "-m", f"{SERIAL}{left_out}"]),
    ]


def pytest_stage(checkout: Checkout, name: str, arguments: Sequence[str]) -> Stage:
    cache = tool_cache(checkout) / "pytest"
    command = [str(checkout.python), "-m", "pytest", "-o", f"cache_dir={cache}", *arguments]
    return Stage(name, command, checkout.root)


def count_options(counts: Path) -> tuple[str, ...]:
    """Return the options that add the counts of each group of tests to the closing line of the next group."""
    return ("-p", "tests.support.counts", f"--counts={counts}")


def static_checks(checkout: Checkout) -> list[Stage]:
    python, root = str(checkout.python), checkout.root
    stages = [
        Stage("format", [python, "-m", "ruff", "format", "--check", "."], root),
        Stage("lint", [python, "-m", "ruff", "check", "."], root),
        Stage("types", [python, "-m", "mypy", "--strict", "dashboard", "bench", "tests"], root),
    ]
    for script in page_scripts(checkout):
        name = script if script.startswith("k6:") else f"page:{script}"
        stages.append(Stage(name, ["npm", "run", "--silent", script], checkout.ui))
    return stages


def page_scripts(checkout: Checkout) -> list[str]:
    try:
        defined = json.loads((checkout.ui / "package.json").read_bytes()).get("scripts", {})
    except FileNotFoundError:
        return []
    return [name for name in PAGE_SCRIPTS if name in defined]


def run_stage(stage: Stage, env: Mapping[str, str]) -> bool:
    """Run a stage in the foreground and return whether it passed."""
    print(f"\n== {stage.name}", flush=True)
    process = subprocess.Popen(stage.command, cwd=stage.cwd, env=dict(env), stdin=subprocess.DEVNULL)
    with terminate_on_error(process):
        return process.wait() == 0


@contextmanager
def run_in_background(stage: Stage, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a stage while the block runs. Its output goes to `log`."""
    color = ["--color=yes"] if sys.stdout.isatty() else []
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*stage.command, *color],
            cwd=stage.cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    with terminate_on_error(process):
        yield process


def follow(process: subprocess.Popen[bytes], log: Path) -> int:
    """Print the output of a background stage until it has exited. Returns the exit code."""
    with log.open("rb") as output:
        while True:
            exit_code = process.poll()
            sys.stdout.buffer.write(output.read())
            sys.stdout.buffer.flush()
            if exit_code is not None:
                return exit_code
            time.sleep(POLL_INTERVAL_S)


@contextmanager
def terminate_on_error(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Terminate the process if the block raises, as it does on Ctrl-C and SIGTERM."""
    try:
        yield
    except BaseException:
        process.terminate()
        process.wait()
        raise
