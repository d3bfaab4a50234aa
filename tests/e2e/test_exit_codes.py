"""A real process exits with each code of the table in the README. Every test has its own data folder."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.harness import Server, Shop, kill_all, processes_of, wait_for
from tests.e2e.test_command_line_signals import command_line, start, started, wait_for_load

pytestmark = pytest.mark.k6
LIST = {"name": "ListProducts", "path": "/api/products", "checks": {"status": 200}}
NEVER = {"name": "Never", "path": "/api/products", "weight": 0, "slos": {"p95_ms": 5_000}}
SLOW = {"name": "Slow", "path": "/api/products?delay_ms=900"}
TEARDOWN = [{"name": "After", "path": "/api/products?delay_ms=3000"}]
SHORT, LONG = ("smoke", "--duration", "2s"), ("smoke", "--duration", "60s")
OVERLOADED = ("arrival", "--rate", "20", "--vus", "1", "--duration", "3s")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A command, and the code that it must exit with. `signals` are sent while the load runs."""

    code: int
    arguments: tuple[str, ...] = SHORT
    endpoints: tuple[Mapping[str, Any], ...] = (LIST,)
    document: Mapping[str, Any] = field(default_factory=dict)
    signals: tuple[signal.Signals, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    prints: str


OUTCOMES = {
    "passed": Outcome(code=0, document={"slos": {"p95_ms": 5_000}}, prints="smoke finished: passed"),
    "no SLO": Outcome(code=0, prints="smoke finished: no SLOs"),
    "SLO breached": Outcome(code=99, document={"slos": {"p95_ms": 0.001}}, prints="smoke finished: failed"),
    "SLO of an operation": Outcome(
        code=99, endpoints=(LIST | {"slos": {"p95_ms": 0.001}},), prints="ListProducts: p95"
    ),
    "not measured": Outcome(code=3, endpoints=(LIST, NEVER), prints="verdict unknown"),
    "invalid": Outcome(
        code=3,
        arguments=OVERLOADED,
        endpoints=(SLOW,),
        document={"slos": {"p95_ms": 5_000}},
        prints="the run is invalid",
    ),
    "SIGINT": Outcome(code=4, arguments=LONG, signals=(signal.SIGINT,), prints="smoke stopped"),
    "SIGTERM": Outcome(code=4, arguments=LONG, signals=(signal.SIGTERM,), prints="smoke stopped"),
    "SIGHUP": Outcome(code=4, arguments=LONG, signals=(signal.SIGHUP,), prints="smoke stopped"),
    "SIGTERM of a run with a breached SLO": Outcome(
        code=4,
        arguments=LONG,
        document={"slos": {"p95_ms": 0.001}},
        signals=(signal.SIGTERM,),
        prints="smoke stopped",
    ),
    "script failed": Outcome(code=1, settings={"K6_SCRIPT": "broken"}, prints="the shop is closed"),
    "wrong option": Outcome(code=2, arguments=("smoke", "--vus", "none"), prints="--vus"),
    "wrong profile": Outcome(code=2, arguments=("sprint",), prints="sprint"),
    "wrong endpoints": Outcome(code=2, endpoints=({"name": ""},), prints="endpoints[0].name"),
    "second SIGTERM": Outcome(
        code=130,
        arguments=LONG,
        document={"teardown": TEARDOWN},
        signals=(signal.SIGTERM, signal.SIGTERM),
        prints="Stopping.",
    ),
}


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A data folder without a running server."""
    server = make_server()
    yield server
    for process in started:
        process.kill()
        process.communicate()
    started.clear()
    kill_all(processes_of(server.data_dir))


def documented_codes() -> set[int]:
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.partition("| Code | Meaning |")[2].partition("\n\n")[0]
    return {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}


def test_every_documented_code_is_tested() -> None:
    assert {outcome.code for outcome in OUTCOMES.values()} == documented_codes()


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES.keys())
def test_a_command_exits_with_the_documented_code(server: Server, shop: Shop, outcome: Outcome) -> None:
    server.endpoints(*outcome.endpoints, **outcome.document)
    if "K6_SCRIPT" in outcome.settings:
        server.break_script()
    process = start(server, command_line(server, shop, *outcome.arguments))
    printed = ""
    for index, number in enumerate(outcome.signals):
        if index == 0:
            wait_for_load(server, shop)
        process.send_signal(number)
        while index == 0 and "Stopping." not in printed:
            assert process.stderr is not None
            printed += process.stderr.readline()
        if index < len(outcome.signals) - 1:
            wait_until_the_burst_is_over(server)
    out, err = process.communicate(timeout=60)
    assert process.returncode == outcome.code, err
    assert outcome.prints in " ".join((printed + out + err).split())
    wait_for(lambda: not processes_of(server.data_dir / "runs"), "k6 and its runner have exited", within_s=30)


def wait_until_the_burst_is_over(server: Server) -> None:
    """Wait until 0.8 s after the runner began to stop k6, so that the next signal is not part of the same burst."""
    log = server.data_dir.glob("runs/*/runner.log")
    path = next(log)
    wait_for(lambda: "stopping k6" in path.read_text(), "the runner stops k6")
    wait_for(lambda: path.stat().st_mtime + 0.8 < now_of(path), "the burst of signals is over")


def now_of(path: Any) -> float:
    """Return the time of the file system that holds `path`."""
    probe = path.with_name("now")
    probe.touch()
    return float(probe.stat().st_mtime)


def test_a_command_exits_with_1_if_its_results_cannot_be_written(server: Server, shop: Shop) -> None:
    folder = server.data_dir.parent / "results"
    folder.mkdir()
    server.endpoints(LIST)
    process = start(server, command_line(server, shop, *SHORT, "--junit", str(folder / "junit.xml")))
    wait_for(lambda: list(server.data_dir.glob("runs/*/pid.json")), "the run has started", within_s=30)
    shutil.rmtree(folder)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no SLOs" in out
    assert "junit.xml cannot be written: No such file or directory" in " ".join(err.split())
