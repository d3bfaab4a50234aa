"""Parsing of k6's summary export."""

import json
from pathlib import Path

from dashboard.engine.summary import K6Summary, read_summary

DURATION = {"avg": 5.5, "min": 1, "med": 5, "max": 9, "p(75)": 6, "p(90)": 7, "p(95)": 8, "p(99)": 8.9}


def write_export(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "summary.json"
    path.write_text(text)
    return path


def test_figures_are_read(tmp_path: Path) -> None:
    metrics = {
        "http_reqs": {"count": 20, "rate": 2},
        "http_req_duration": DURATION,
        "iterations": {"count": 10},
        "dropped_iterations": {"count": 1},
    }
    summary = read_summary(write_export(tmp_path, json.dumps({"metrics": metrics})))
    assert summary is not None
    assert (summary.requests, summary.iterations, summary.dropped_iterations) == (20, 10, 1)
    assert summary.durations["p75_ms"] == 6
    assert summary.durations["p50_ms"] == 5
    assert len(summary.durations) == 8


def test_a_run_without_requests_has_zero_requests() -> None:
    assert K6Summary(requests=0, iterations=None, dropped_iterations=None, durations={}).requests == 0


def test_an_unreadable_export_is_no_summary(tmp_path: Path) -> None:
    assert read_summary(tmp_path / "none.json") is None
    assert read_summary(write_export(tmp_path, "{broken")) is None
    assert read_summary(write_export(tmp_path, "[]")) is None
    assert read_summary(write_export(tmp_path, '{"metrics": 3}')) is None


def test_malformed_metrics_are_ignored(tmp_path: Path) -> None:
    summary = read_summary(
        write_export(tmp_path, '{"metrics": {"http_reqs": 3, "http_req_duration": {"avg": "x"}}}')
    )
    assert summary == K6Summary(requests=0, iterations=None, dropped_iterations=None, durations={})
