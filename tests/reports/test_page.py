"""The HTML report as a file: whole, small enough, and its data where nothing runs it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.model.baseline import Baseline, Scope
from dashboard.model.histogram import Histogram
from dashboard.model.snapshot import OVERALL
from dashboard.model.tally import Tally
from dashboard.reports.page import page_template, policy_of, report_page
from dashboard.reports.page_data import MAX_WINDOWS, packed
from dashboard.runs.rollup import rolled
from dashboard.services import Services
from tests.api.conftest import app, client, make_services, services
from tests.factories import A_MOMENT, a_histogram, an_ended_run, an_event
from tests.hostile import hostile_texts
from tests.reports.hours import store_run

__all__ = ["app", "client", "make_services", "services"]
TEMPLATE = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'" />'
    '<script type="application/json" id="report-data">%DATA%</script><script type="module">run()</script>'
)


@pytest.fixture(autouse=True)
def built(tmp_path: Path) -> None:
    """A page whose report is nothing but its data."""
    (tmp_path / "static").mkdir(exist_ok=True)
    (tmp_path / "static" / "report.html").write_text(TEMPLATE)


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'id="report-data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_hostile_texts_stay_within_the_data() -> None:
    texts = hostile_texts()
    page = report_page(TEMPLATE, {"texts": texts})

    assert data_of(page) == {"texts": texts}
    assert page.count("<script") == TEMPLATE.count("<script")
    assert not re.search("[\u2028\u2029]|<!--", page)


def test_an_hour_is_shown_in_few_windows_and_half_a_megabyte(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    run = store_run(services.store, seconds=3_600, operations=6, requests=20)
    answer = client.get(f"/runs/{run.run_id}/report")
    data = data_of(answer.text)
    page_bytes = 240_000  # of the built page without data; the browser's tests hold the real one against it

    assert (len(data["windows"]), data["resolution_s"]) == (MAX_WINDOWS, 10)
    assert {len(column) for column in data["columns"].values()} == {MAX_WINDOWS}
    assert len(answer.data) + page_bytes <= 500_000
    assert sum(data["columns"]["requests"]) == 3_600 / 2 * 6 * 20
    assert data["columns"]["total_reqs"][-1] == data["facts"]["run"]["total_reqs"]


def test_a_report_says_what_the_api_says(client: FlaskClient, services: Services) -> None:
    run = store_run(services.store, seconds=60, operations=3, label="nightly")
    services.store.events.add(run.run_id, an_event())
    data = data_of(client.get(f"/runs/{run.run_id}/report").text)
    columns = client.get(f"/runs/{run.run_id}/snapshots?format=columns").json

    assert data["facts"] == client.get(f"/runs/{run.run_id}").json
    assert data["columns"]["p95_ms"] == [pytest.approx(value, rel=1e-5) for value in columns["p95_ms"]]
    assert data["columns"]["requests"] == columns["requests"]
    for row, told in zip(client.get(f"/runs/{run.run_id}/ops").json, data["ops"], strict=True):
        assert told == {
            name: pytest.approx(v, rel=1e-5) if isinstance(v, float) else v for name, v in row.items()
        }
    assert (data["resolution_s"], data["comparison"]) == (None, None)


def test_a_report_compares_with_the_baseline_of_its_scope(client: FlaskClient, services: Services) -> None:
    before = store_run(services.store, seconds=20, operations=2, run_id="20261120-101500-aaaaaaaa")
    run = store_run(services.store, seconds=20, operations=2, seed=2)
    services.store.baselines.pin(Baseline(scope=Scope(profile="smoke"), run_id=before.run_id, pinned_at=A_MOMENT))
    told = data_of(client.get(f"/runs/{run.run_id}/report").text)["comparison"]
    diff = client.get(f"/runs/diff?a={before.run_id}&b={run.run_id}").json

    assert told["run_id"] == before.run_id
    assert told["rows"] == [{name: row[name] for name in told["rows"][0]} for row in diff["metrics"]]
    assert data_of(client.get(f"/runs/{before.run_id}/report").text)["comparison"] is None


def test_the_answer_may_do_what_the_page_says(client: FlaskClient, services: Services) -> None:
    services.store.runs.insert(an_ended_run(figures=None, totals=None))
    answer = client.get("/runs/latest/report?download=1")

    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["Content-Disposition"].endswith('-report.html"')
    assert policy_of("<html>") == "default-src 'none'"


def test_without_a_built_page_there_is_no_report(
    client: FlaskClient, services: Services, tmp_path: Path
) -> None:
    services.store.runs.insert(an_ended_run())
    (tmp_path / "static" / "report.html").unlink()

    assert client.get("/runs/latest/report").status_code == 503
    with pytest.raises(Exception, match="not built yet"):
        page_template(tmp_path)


def test_histograms_are_packed_without_loss() -> None:
    histogram = a_histogram([0.0, 0.012, 0.012, 0.5, 70.0])
    zero, total, *pairs = packed(histogram)
    again, index = Histogram(), 0
    for step, count in zip(pairs[::2], pairs[1::2], strict=True):
        index += int(step)
        again.buckets[index] = int(count)
    again.zero, again.total = int(zero), pytest.approx(total)

    assert again.buckets == histogram.buckets
    assert again.zero == 1
    assert histogram.total == pytest.approx(total)


@pytest.mark.parametrize("seconds", [10, 60, 86_400])
def test_rolled_windows_hold_all_that_was_counted(services: Services, seconds: int) -> None:
    run = store_run(services.store, seconds=130, operations=3)
    raw = [replace_tallies(interval) for interval in services.store.intervals.stored(run.run_id, after=0, limit=1_000)]
    coarse = list(rolled(raw, seconds, 500.0))

    assert sum(interval.snapshot.requests for interval in coarse) == sum(interval.snapshot.requests for interval in raw)
    assert sum(interval.snapshot.window_s for interval in coarse) == pytest.approx(130)
    assert coarse[-1].snapshot.elapsed_s == raw[-1].snapshot.elapsed_s
    end = 0.0
    for interval in coarse:
        begin, end = end, interval.snapshot.elapsed_s
        window = services.store.ranges.window(run.run_id, begin, end)
        assert window is not None
        assert window.tallies[OVERALL].durations == interval.tallies[OVERALL].durations
        duration = window.tallies[OVERALL].duration()
        assert interval.snapshot.p95_ms == pytest.approx((duration.quantile(0.95) or 0) * 1000)
        assert {op: tally.requests for op, tally in window.tallies.items()} == {
            op: tally.requests for op, tally in interval.tallies.items()
        }


def replace_tallies(interval: Any) -> Any:
    from dashboard.model.snapshot import Interval

    tallies = {op: Tally.from_bytes(blob) for op, blob in interval.tallies.items()}
    return Interval(snapshot=interval.snapshot, tallies=tallies, keyframe=None)
