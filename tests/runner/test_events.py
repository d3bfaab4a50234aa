"""runner-events.jsonl: numbered, bounded, and continued by a runner that takes over."""

import json
from pathlib import Path

from dashboard.run_folder.files import RunFolder
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import RunnerLog


def read_events(path: Path) -> list[tuple[int, str]]:
    lines = [json.loads(line) for line in (path / "runner-events.jsonl").read_text().splitlines()]
    return [(line["n"], line["kind"]) for line in lines]


def test_a_second_runner_continues_the_numbering(tmp_path: Path) -> None:
    RunnerEventLog(RunFolder(tmp_path), RunnerLog()).append("token_refreshed", epoch=2)
    RunnerEventLog(RunFolder(tmp_path), RunnerLog()).append("token_refused", reason="no")
    assert read_events(tmp_path) == [(1, "token_refreshed"), (2, "token_refused")]


def test_the_last_event_marks_a_full_log(tmp_path: Path) -> None:
    events = RunnerEventLog(RunFolder(tmp_path), RunnerLog(), max_events=3)
    for epoch in range(9):
        events.append("token_refreshed", epoch=epoch)
    assert read_events(tmp_path) == [(1, "token_refreshed"), (2, "token_refreshed"), (3, "events_full")]


def test_a_missing_folder_is_ignored(tmp_path: Path) -> None:
    RunnerEventLog(RunFolder(tmp_path / "gone"), RunnerLog()).append("token_refreshed")
    assert not (tmp_path / "gone").exists()
