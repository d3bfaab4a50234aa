"""Console lines of k6: its own JSON, and anything else."""

import pytest

from dashboard.engine.logs import LogLine, is_send_failure, parse_line


def test_a_json_line_of_k6_is_parsed() -> None:
    line = '{"level":"warning","msg":"Insufficient VUs","time":"2026-01-02T03:04:05Z","error":"why"}'
    assert parse_line(line) == LogLine("2026-01-02T03:04:05Z", "warning", "Insufficient VUs: why")


@pytest.mark.parametrize("text", ["plain", "{broken", '{"msg": 3}', "[1]", "{" * 5000, '{"a":' * 3000])
def test_any_other_line_has_the_level_info(text: str) -> None:
    assert parse_line(text) == LogLine(None, "info", text[:8192])


def test_a_truncated_line_keeps_its_level() -> None:
    assert parse_line('{"level":"warning","msg":"Request Failed: xxx') == LogLine(
        None, "warning", "Request Failed: xxx"
    )


def test_the_first_line_of_a_crash_is_an_error() -> None:
    assert parse_line("fatal error: runtime: out of memory").level == "error"
    assert parse_line("rip    0x46ca21").level == "info"


def test_an_unknown_level_counts_as_error() -> None:
    assert parse_line('{"level":"fatal","msg":"x"}').level == "error"


@pytest.mark.parametrize(
    ("message", "failed"),
    [
        ("Failed to send the time series data to the endpoint", True),
        ("Stopping output 0 failed", True),
        ("Request Failed", False),
    ],
)
def test_failed_sends_are_detected(message: str, failed: bool) -> None:
    assert is_send_failure(LogLine(None, "error", message)) is failed
