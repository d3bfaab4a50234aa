"""The HTML report: complete, small enough, and with its data where no browser executes it."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.errors import Unavailable
from dashboard.model.histogram import Histogram
from dashboard.model.snapshot import OVERALL, Interval, OpKey
from dashboard.model.tally import Tally
from dashboard.reports.page import policy_of, report_page
from dashboard.reports.page_data import MAX_WINDOWS, pack_histogram
from dashboard.runs.rollup import downsample
from dashboard.services import Services
from dashboard.store.values import StoredInterval
from tests.api.conftest import app, client, make_services, services
from tests.factories import A_MOMENT, a_histogram, a_tally, an_ended_run, an_event, an_interval
from tests.hostile import hostile_texts
from tests.reports.synthetic_runs import store_run

__all__ = ["app", "client", "make_services", "services"]
TEMPLATE = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'" />'
    '<div id="app">%{{ body }}%</div>'
    '<script type="application/json" id="report-data">%{{ data | tojson }}%</script>'
    '<script type="module">run({{}})</script>'
)


@pytest.fixture(autouse=True)
def static(tmp_path: Path) -> Path:
    """The folder of a built page whose report contains nothing but its data."""
    folder = tmp_path / "static"
    folder.mkdir(exist_ok=True)
    (folder / "report.html").write_text(TEMPLATE)
    return folder


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'id="report-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_hostile_texts_stay_inside_the_data(static: Path) -> None:
    texts = hostile_texts()
    page = report_page(static, {"texts": texts})

    assert data_of(page) == {"texts": texts}
    assert page.count("<script") == TEMPLATE.count("<script")
    assert not re.search("[\u2028\u2029]|<!--", page)


def test_numbers_without_a_json_form_become_null(static: Path) -> None:
    assert data_of(report_page(static, {"p95_ms": [float("nan"), float("inf"), 1.5]})) == {
        "p95_ms": [None, None, 1.5]
    }


def test_an_hour_has_at_most_360_windows_and_half_a_megabyte(client: FlaskClient, services: Services) -> None:
    run = store_run(services.store, seconds=3_600, operations=6, requests=20)
    response = client.get(f"/runs/{run.run_id}/report")
    data = data_of(response.text)
    page_bytes = 245_000  # the built page without data; the browser tests compare this with the real one

    assert (len(data["windows"]), data["resolution_s"]) == (MAX_WINDOWS, 10)
    assert {len(column) for column in data["columns"].values()} == {MAX_WINDOWS}
    assert len(response.data) + page_bytes <= 500_000
    assert sum(data["columns"]["requests"]) == 3_600 / 2 * 6 * 20
    assert data["columns"]["total_reqs"][-1] == data["detail"]["run"]["total_reqs"]


def test_a_report_has_the_figures_of_the_api(client: FlaskClient, services: Services) -> None:
    run = store_run(services.store, seconds=60, operations=3, label="nightly")
    services.store.events.add(run.run_id, an_event())
    data = data_of(client.get(f"/runs/{run.run_id}/report").text)
    columns = client.get(f"/runs/{run.run_id}/snapshots?format=columns").json

    assert data["detail"] == client.get(f"/runs/{run.run_id}").json
    assert data["columns"]["p95_ms"] == [pytest.approx(value, rel=1e-5) for value in columns["p95_ms"]]
    assert data["columns"]["requests"] == columns["requests"]
    for row, reported in zip(client.get(f"/runs/{run.run_id}/ops").json or (), data["ops"], strict=True):
        assert reported == {
            name: pytest.approx(value, rel=1e-5) if isinstance(value, float) else value
            for name, value in row.items()
        }
    assert (data["resolution_s"], data["comparison"]) == (None, None)


def test_a_report_compares_the_run_with_its_baseline(client: FlaskClient, services: Services) -> None:
    baseline = store_run(services.store, seconds=20, operations=2, run_id="20261120-101500-aaaaaaaa")
    run = store_run(services.store, seconds=20, operations=2, seed=2)
    scope = Scope(profile="smoke")
    services.store.baselines.pin(Baseline(scope=scope, run_id=baseline.run_id, pinned_at=A_MOMENT))
    comparison = data_of(client.get(f"/runs/{run.run_id}/report").text)["comparison"]
    diff = client.get(f"/runs/diff?a={baseline.run_id}&b={run.run_id}").json

    assert comparison["run_id"] == baseline.run_id
    assert comparison["rows"] == diff["metrics"]
    assert comparison["judgment"] == client.get(f"/runs/{run.run_id}/baseline").json["judgment"]
    summary = client.get(f"/runs/{run.run_id}/summary.md").text
    assert f"\n\n`{comparison['judgment']['headline']}` (`{baseline.run_id}`)\n\n" in summary
    assert data_of(client.get(f"/runs/{baseline.run_id}/report").text)["comparison"] is None


def test_the_response_has_the_policy_of_the_page(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(an_ended_run(figures=None, totals=None))
    response = client.get("/runs/latest/report?download=1")

    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["Content-Disposition"].endswith('-report.html"')
    assert policy_of("<html>") == "default-src 'none'"


def test_without_a_built_page_the_report_is_unavailable(
    client: FlaskClient, services: Services, static: Path
) -> None:
    services.store.runs.insert(an_ended_run())
    (static / "report.html").unlink()

    assert client.get("/runs/latest/report").status_code == 503
    with pytest.raises(Unavailable, match="not built yet"):
        report_page(static, {})


def test_packed_histograms_lose_nothing() -> None:
    histogram = a_histogram([0.0, 0.012, 0.012, 0.5, 70.0])
    zero, total, *pairs = pack_histogram(histogram)
    unpacked, index = Histogram(), 0
    for step, count in zip(pairs[::2], pairs[1::2], strict=True):
        index += int(step)
        unpacked.buckets[index] = int(count)
    unpacked.zero, unpacked.total = int(zero), float(total)

    assert unpacked.buckets == histogram.buckets
    assert unpacked.zero == 1
    assert histogram.total == pytest.approx(total)


@pytest.mark.parametrize("seconds", [10, 60, 86_400])
def test_rolled_up_intervals_keep_every_count(services: Services, seconds: int) -> None:
    run = store_run(services.store, seconds=130, operations=3)
    stored = services.store.intervals.read(run.run_id, after=0, limit=1_000)
    raw = [decode_interval(interval) for interval in stored]
    coarse = list(downsample(raw, seconds, 500.0))

    assert sum(one.snapshot.requests for one in coarse) == sum(one.snapshot.requests for one in raw)
    assert sum(one.snapshot.window_s for one in coarse) == pytest.approx(130)
    assert coarse[-1].snapshot.elapsed_s == raw[-1].snapshot.elapsed_s
    end = 0.0
    for interval in coarse:
        start, end = end, interval.snapshot.elapsed_s
        window = services.store.ranges.window(run.run_id, start, end)
        assert window is not None
        assert window.tallies[OVERALL].durations == interval.tallies[OVERALL].durations
        duration = window.tallies[OVERALL].duration()
        assert interval.snapshot.p95_ms == pytest.approx((duration.quantile(0.95) or 0) * 1000)
        assert {op: tally.requests for op, tally in window.tallies.items()} == {
            op: tally.requests for op, tally in interval.tallies.items()
        }


def decode_interval(interval: StoredInterval) -> Interval:
    tallies = {op: Tally.from_bytes(blob) for op, blob in interval.tallies.items()}
    return Interval(snapshot=interval.snapshot, tallies=tallies, keyframe=None)


def test_a_report_without_scripts_has_the_verdict_charts_and_tables_in_this_order(
    client: FlaskClient, services: Services
) -> None:
    baseline = store_run(services.store, seconds=20, operations=2, run_id="20261120-101500-aaaaaaaa")
    run = store_run(services.store, seconds=20, operations=2, seed=2)
    services.store.baselines.pin(
        Baseline(scope=Scope(profile="smoke"), run_id=baseline.run_id, pinned_at=A_MOMENT)
    )
    page = client.get(f"/runs/{run.run_id}/report").text
    body = body_of(page)

    assert re.findall("<h2>(.*?)</h2>", body) == [
        "Verdict: passed",
        *("Throughput", "Latency", "Errors", "Virtual users"),
        *("Failing operations", "Operations", "Comparison with the baseline", "Facts"),
    ]
    assert body.count("<svg") == 4
    assert "<td>Operation0</td>" in body
    assert data_of(page)["comparison"]["judgment"]["headline"] in body
    assert "style=" not in body  # the policy of the page refuses it


def test_a_report_states_the_memory_of_the_generator_in_gib(client: FlaskClient, services: Services) -> None:
    run = an_ended_run()
    generator = {"host": "here", "memory_bytes": 25_276_514_304}
    services.store.runs.insert(replace(run, context=replace(run.context, generator=generator)))
    page = client.get(f"/runs/{run.run_id}/report").text

    assert ["Generator: Memory", "23.5 GiB"] in data_of(page)["facts"]
    assert "<td>Generator: Memory</td><td>23.5 GiB</td>" in body_of(page)
    assert "<svg" not in body_of(page)  # nothing was measured


def test_hostile_texts_are_escaped_in_a_report_without_scripts(
    client: FlaskClient, services: Services
) -> None:
    text = "<script>alert(1)</script>"
    run = an_ended_run(label=text, base_url=text)
    services.store.runs.insert(run)
    services.store.append(run.run_id, [an_interval(1, {OpKey(text, "", ""): a_tally(failed=(1.0,))})])
    body = body_of(client.get(f"/runs/{run.run_id}/report").text)

    assert "<script" not in body
    assert body.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4


def body_of(page: str) -> str:
    """Return what a reader without scripts sees."""
    return page[page.index('<div class="static">') : page.index("<script")]
