"""Every measurement runs and returns its figures. Only `bin/bench`, on a quiet machine, checks their limits."""

import signal
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bench import __main__ as command
from bench.backlog import measure_backlog
from bench.context import BenchContext
from bench.framework import measure_framework
from bench.generator import measure_generator
from bench.history import measure_history
from bench.intake import measure_intake, minima
from bench.parallel_runs import UserLoad, cpu_per_request
from bench.ranges import measure_ranges
from bench.runner import measure_runner
from bench.scale import Scale
from bench.server import BenchError
from bench.shared import measure_shared
from bench.start import measure_start, package_costs
from bench.steering import VARIANTS
from bench.streams import StreamClient, measure_streams
from bench.table import Row
from bench.trends import measure_trends
from tests.conftest import skip_or_fail
from tests.support.target import build_target, go_path, start_target

TINY = Scale(
    pairs=1,
    pair_s=4,
    rates=(100,),
    rate_s=1,
    starts=1,
    op_counts=(3,),
    pushes=3,
    push_rounds=2,
    history_runs=250,
    repeats=2,
    streams=3,
    stream_pushes=4,
    stream_pace_s=0.05,
    long_run_s=300,
    long_run_ops=2,
    backlog_s=60,
    backlog_run_s=4,
    framework_pairs=1,
    framework_requests=500,
    idle_s=0.1,
    posts=3,
)


@pytest.fixture
def bench(tmp_path: Path) -> BenchContext:
    return BenchContext(TINY, tmp_path, print)


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row.name: row for row in rows}


def test_a_start_is_timed_and_its_imports_are_listed(bench: BenchContext) -> None:
    times, modules = measure_start(bench)
    assert times.value > 0
    assert modules.value > 100
    assert "dashboard" in modules.detail


def test_import_times_are_summed_by_package() -> None:
    report = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      2000 |       2000 |     flask.app\n"
        "import time:      1500 |       3500 |   flask\n"
        "import time:      4000 |       4000 | pydantic\n"
        "ready\n"
    )
    assert package_costs(report) == [("pydantic", 4.0), ("flask", 3.5)]


def test_the_cost_of_a_push_is_measured(bench: BenchContext) -> None:
    (row,) = measure_intake(bench)
    assert row.name == "a push with 3 operations"
    assert row.value > 0


def test_the_fastest_round_of_each_push_is_used() -> None:
    assert minima([[5.0, 9.0], [8.0, 4.0]]) == [5.0, 4.0]


def test_the_runner_is_measured_while_idle_and_per_push(bench: BenchContext) -> None:
    idle, pushed = measure_runner(bench)
    assert idle.name == "runner, idle"
    assert pushed.name == "runner, a push with 3 operations"


def test_lists_of_a_history_are_timed(bench: BenchContext) -> None:
    rows = by_name(measure_history(bench))
    assert rows["GET /runs, 200 rows"].detail.startswith("200 rows")
    assert rows["GET /runs?search= matches one in ten"].detail.startswith("25 rows")
    assert rows["GET /runs?search= matches nothing"].detail.startswith("0 rows")


def test_the_views_of_a_long_history_are_timed(bench: BenchContext) -> None:
    rows = measure_trends(replace(bench, scale=replace(TINY, history_runs=40)))

    assert [row.ok is not None for row in rows].count(True) == 12
    assert all(row.value > 0 for row in rows)


def test_ranges_of_a_long_run_are_timed(bench: BenchContext) -> None:
    rows = measure_ranges(bench)
    assert [row.ok is None for row in rows] == [False] * 7 + [True] * 2
    assert rows[-1].value > 0


@pytest.mark.influx
@pytest.mark.k6
@pytest.mark.serial
def test_a_backlog_is_drained_during_a_run(
    bench: BenchContext, influxd_bin: Path, k6_bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXD_BIN", str(influxd_bin))
    monkeypatch.setenv("K6_BIN", str(k6_bin))
    bare, drains, cpu, *_, not_recorded, lag, _ = measure_backlog(bench)
    assert min(bare.value, drains.value, cpu.value, lag.value) > 0
    assert not_recorded.ok


@pytest.mark.influx
@pytest.mark.serial
def test_a_history_of_two_sources_is_timed(
    bench: BenchContext, influxd_bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXD_BIN", str(influxd_bin))
    *_, imported = rows = measure_shared(replace(bench, scale=replace(TINY, history_runs=40)))
    assert all(row.value > 0 for row in rows[:-1])
    assert rows[0].detail.startswith("40 rows")
    assert rows[2].detail.startswith("8 rows")
    assert [row.ok is not None for row in rows] == [False] * 8 + [True] * 4 + [False]
    assert imported.name == "remote runs imported"


def test_the_lag_of_streams_is_measured(bench: BenchContext) -> None:
    lag, memory = measure_streams(bench)
    assert "12 deliveries" in lag.detail
    assert memory.value > 0


def test_a_push_counts_as_arrived_with_its_last_message() -> None:
    with socket.socket() as unused:
        listener = StreamClient(unused)
    listener.parse(b'event: snapshot\ndata: {"data":{"seq":7,"elapsed_s":100.5,"vus":1}}\n\nevent: o', 101.0)
    assert listener.lags_ms == []
    listener.parse(b'ps\ndata: {"data":{"run_id":"x","seq":7,"ops":[]}}\n\nid: 9', 101.5)
    assert listener.lags_ms == [1000.0]
    assert bytes(listener.buffer) == b"id: 9"


@pytest.mark.k6
@pytest.mark.serial
def test_k6_runs_without_and_with_the_dashboard(
    bench: BenchContext, k6_bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_path() or skip_or_fail("Go", "the compiled target is built with it")
    monkeypatch.setenv("K6_BIN", str(k6_bin))
    rows = by_name(measure_generator(bench))
    assert rows["bare k6: achieved ÷ planned"].value > 0.5
    assert rows["with the dashboard: achieved ÷ planned"].value > 0.5
    assert rows["k6's CPU per request, with the dashboard ÷ bare"].value > 0


@pytest.mark.k6
@pytest.mark.serial
def test_the_framework_is_compared_with_a_bare_loop(
    bench: BenchContext, k6_bin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_path() or skip_or_fail("Go", "the compiled target is built with it")
    monkeypatch.setenv("K6_BIN", str(k6_bin))
    rows = measure_framework(bench)
    assert [row.name.rpartition(" ")[2] for row in rows] == ["static", "templated"]
    assert all(row.value > 0 and row.at_most == 1.25 for row in rows)


@pytest.mark.k6
@pytest.mark.serial
def test_runs_with_and_without_control_and_tokens_are_compared(tmp_path: Path, k6_bin: Path) -> None:
    go = go_path() or skip_or_fail("Go", "the compiled target is built with it")
    target = start_target(build_target(tmp_path, go), tmp_path / "target.log")
    try:
        load = UserLoad(k6=k6_bin, target=target.url, users=2, delay_ms=20, seconds=1.0)
        costs = cpu_per_request(load, tmp_path / "side", list(VARIANTS.values()), round_number=1)
    finally:
        target.stop()
    assert len(costs) == len(VARIANTS) == 4
    assert all(0 < cost < 0.1 for cost in costs)


def test_measurements_are_selected_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def measure(name: str, scale: Scale) -> int:
        made.append(name)
        return 0

    monkeypatch.setattr(command, "_measure", measure)
    assert command.main(["push", "--only", "range", "--quick"]) == 0
    assert made == ["push", "range"]
    with pytest.raises(SystemExit):
        command.main(["pages"])


def test_a_failed_measurement_is_reported_and_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(bench: BenchContext) -> list[Row]:
        raise BenchError("k6 is missing")

    monkeypatch.setattr(command, "MEASUREMENTS", {"generator": broken})
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert command.main(["--quick"]) == 1
    assert "generator was not measured: k6 is missing" in capsys.readouterr().err


def test_a_row_over_its_budget_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        Row(name="a", value=1.0, at_most=2.0),
        Row(name="b", value=3.0, at_most=2.0, unit="ms"),
        Row(name="c", value=1),
    ]
    monkeypatch.setattr(command, "MEASUREMENTS", {"start": lambda _: rows})
    monkeypatch.setattr(command, "wait_until_quiet", lambda _: True)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert command.main(["--only", "start"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[4].strip() for line in lines[2:]] == ["ok", "over", "–"]
