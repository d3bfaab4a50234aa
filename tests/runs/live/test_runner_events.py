"""Runner events become events of the run: in order and only once, even if the dashboard restarts."""

from pathlib import Path

from dashboard.model.events import EventKind
from dashboard.run_folder.files import RunFolder
from dashboard.runner.events import RunnerEventLog
from dashboard.runner.log import RunnerLog
from dashboard.runs.live.runner_events import RunnerEvent, RunnerEventTail, to_event


def test_runner_events_are_returned_once(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    tail, log = RunnerEventTail(folder, 0), RunnerEventLog(folder, RunnerLog())
    assert tail.poll() == []
    log.append("token_refreshed", epoch=2)
    log.append("token_refreshed", epoch=3)
    assert [(event.n, event.data["epoch"]) for event in tail.poll()] == [(1, 2), (2, 3)]
    assert tail.poll() == []
    log.append("token_refreshed", epoch=4)
    assert [event.n for event in RunnerEventTail(folder, 2).poll()] == [3]


def test_an_incomplete_line_is_read_later_and_an_invalid_line_is_skipped(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    tail = RunnerEventTail(folder, 0)
    folder.runner_events.write_bytes(b'[]\nnull\n{"n": "1"}\n\xff\n{"n":1,"at_ms":5,"kind":"x"}\n{"n":2,"at')
    assert tail.poll() == [RunnerEvent(1, 5, "x", {})]
    with folder.runner_events.open("ab") as file:
        file.write(b'_ms":6,"kind":"y"}\n')
    assert tail.poll() == [RunnerEvent(2, 6, "y", {})]


def test_messages_of_token_events() -> None:
    refreshed = to_event(
        RunnerEvent(1, 5, "token_refreshed", {"life_s": 300.0, "took_ms": 12, "cause": "due"})
    )
    refused = to_event(
        RunnerEvent(2, 5, "token_refused", {"reason": "HTTP 503.", "retry_in_s": 4.0, "failures": 3})
    )
    assert refreshed is not None
    assert refused is not None
    assert (refreshed.kind, refreshed.level) == (EventKind.TOKEN_REFRESHED, "info")
    assert (
        refreshed.message == "token refreshed before it expired; the new one is valid for 300 s (took 12 ms)"
    )
    assert (refused.kind, refused.level) == (EventKind.TOKEN_REFUSED, "warning")
    assert refused.message == "HTTP 503. Retrying in 4 s."
    assert to_event(RunnerEvent(3, 5, "of a newer version", {})) is None
