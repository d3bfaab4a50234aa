"""facts.jsonl: numbered, bounded, and gone on with by a runner that takes over."""

import json
from pathlib import Path

from dashboard.run_folder.files import RunFolder
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import Log


def told(path: Path) -> list[tuple[int, str]]:
    lines = [json.loads(line) for line in (path / "facts.jsonl").read_text().splitlines()]
    return [(line["n"], line["kind"]) for line in lines]


def test_a_second_runner_goes_on_numbering(tmp_path: Path) -> None:
    RunnerEventLog(RunFolder(tmp_path), Log()).tell("token_refreshed", epoch=2)
    RunnerEventLog(RunFolder(tmp_path), Log()).tell("token_refused", reason="no")
    assert told(tmp_path) == [(1, "token_refreshed"), (2, "token_refused")]


def test_too_many_are_told_once(tmp_path: Path) -> None:
    facts = RunnerEventLog(RunFolder(tmp_path), Log(), most=3)
    for epoch in range(9):
        facts.tell("token_refreshed", epoch=epoch)
    assert told(tmp_path) == [(1, "token_refreshed"), (2, "token_refreshed"), (3, "events_full")]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    RunnerEventLog(RunFolder(tmp_path / "gone"), Log()).tell("token_refreshed")
    assert not (tmp_path / "gone").exists()
